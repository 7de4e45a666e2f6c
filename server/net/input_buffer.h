// Octets read from a peer and not yet taken by a caller. Holds memory only while it holds octets or
// a view of them is out: an idle connection has none. Knows nothing of sockets.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace restante::net {

class InputBuffer {
 public:
  std::string_view view() const { return std::string_view(data_.get() + begin_, end_ - begin_); }
  bool empty() const { return begin_ == end_; }
  std::size_t capacity() const { return capacity_; }

  // Room for at least wanted octets more; moves what is held, so earlier views end here.
  std::span<char> prepare(std::size_t wanted) {
    if (begin_ == end_) begin_ = end_ = 0;
    if (capacity_ - end_ < wanted) make_room(wanted);
    return std::span<char>(data_.get() + end_, capacity_ - end_);
  }
  void commit(std::size_t octets) { end_ += octets; }
  // Takes octets from the front; views of them stay valid until prepare() or release().
  void consume(std::size_t octets) { begin_ += octets; }
  // Puts the last octets consumed back in front; only before prepare() or release().
  void unread(std::size_t octets) { begin_ -= std::min(octets, begin_); }
  void clear() { begin_ = end_ = 0; }
  void release_if_empty() {
    if (!empty()) return;
    data_.reset();
    begin_ = end_ = capacity_ = 0;
  }

 private:
  void make_room(std::size_t wanted) {
    const std::size_t held = end_ - begin_;
    if (capacity_ >= held + wanted) {
      std::memmove(data_.get(), data_.get() + begin_, held);
    } else {
      const std::size_t grown = held == 0 ? wanted : std::max(held + wanted, 2 * capacity_);
      auto bigger = std::make_unique_for_overwrite<char[]>(grown);
      if (held != 0) std::memcpy(bigger.get(), data_.get() + begin_, held);
      data_ = std::move(bigger);
      capacity_ = grown;
    }
    begin_ = 0;
    end_ = held;
  }

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace restante::net
