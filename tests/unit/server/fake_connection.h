// A Connection without a socket: reads what a test put in, keeps what a session wrote.
#pragma once

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "server/net/connection.h"

namespace restante::net {

// What a test sees of a fake connection; outlives it.
struct FakeWire {
  // What arrives, one read of the socket each; octets of one piece are "buffered" together.
  std::deque<std::string> input;
  IoError end = IoError::Closed;  // what reads give after the last piece
  std::string output;             // all that was written
  std::vector<std::string> writes;
  bool closed = false;
  bool tls_available = false;
  bool tls_works = true;
  bool tls = false;
  PeerInfo peer{"192.0.2.7", 4711, false, false, ""};
  std::vector<std::chrono::steady_clock::duration> deadlines;
};

class FakeConnection final : public Connection {
 public:
  FakeConnection(asio::io_context& context, FakeWire& wire) : context_(context), wire_(wire) {}

  const PeerInfo& peer() const override { return wire_.peer; }
  asio::any_io_executor executor() override { return context_.get_executor(); }
  std::uint64_t session_id() const override { return 42; }

  asio::awaitable<IoResult<std::string_view>> read_line(std::size_t limit) override {
    co_await asio::post(context_, asio::use_awaitable);
    give_back_is_over();
    std::size_t end = buffer_.find('\n');
    while (end == std::string::npos && fill()) end = buffer_.find('\n');
    if (end == std::string::npos) co_return std::unexpected(wire_.end);
    given_ = buffer_.substr(0, end + 1);
    buffer_.erase(0, end + 1);
    if (given_.size() > limit) co_return std::unexpected(IoError::TooLong);
    if (given_.ends_with("\r\n")) given_.resize(given_.size() - 2);
    co_return std::string_view(given_);
  }

  asio::awaitable<IoResult<std::string_view>> read_some(std::size_t limit) override {
    co_await asio::post(context_, asio::use_awaitable);
    give_back_is_over();
    if (buffer_.empty() && !fill()) co_return std::unexpected(wire_.end);
    given_ = buffer_.substr(0, std::min(limit, buffer_.size()));
    buffer_.erase(0, given_.size());
    co_return std::string_view(given_);
  }

  void unread(std::size_t count) override {
    buffer_.insert(0, given_.substr(given_.size() - std::min(count, given_.size())));
  }
  bool has_buffered_input() const override { return !buffer_.empty(); }
  void discard_buffered_input() override { buffer_.clear(); }

  asio::awaitable<IoResult<WakeReason>> wait_for_input_or_wake() override {
    co_await asio::post(context_, asio::use_awaitable);
    if (std::exchange(woken_, false)) co_return WakeReason::Woken;
    if (buffer_.empty() && wire_.input.empty()) co_return std::unexpected(wire_.end);
    co_return WakeReason::Input;
  }
  void wake() override { woken_ = true; }

  asio::awaitable<IoResult<void>> write(std::string_view data) override {
    co_await asio::post(context_, asio::use_awaitable);
    wire_.output += data;
    wire_.writes.emplace_back(data);
    co_return IoResult<void>();
  }

  asio::awaitable<IoResult<void>> start_tls() override {
    co_await asio::post(context_, asio::use_awaitable);
    discard_buffered_input();
    if (!wire_.tls_works) co_return std::unexpected(IoError::Tls);
    wire_.tls = true;
    co_return IoResult<void>();
  }
  bool can_start_tls() const override { return wire_.tls_available && !wire_.tls; }
  bool is_tls() const override { return wire_.tls; }
  std::string tls_description() const override { return wire_.tls ? "TLSv1.3 TEST" : ""; }
  ChannelBinding channel_binding() const override { return {}; }
  void start_compression() override { compressed_ = true; }
  void stop_compression() override { compressed_ = false; }
  bool is_compressed() const override { return compressed_; }
  void set_deadline(std::chrono::steady_clock::duration from_now) override {
    wire_.deadlines.push_back(from_now);
  }
  void close() override { wire_.closed = true; }

 private:
  bool fill() {
    if (wire_.input.empty()) return false;
    buffer_ += wire_.input.front();
    wire_.input.pop_front();
    return true;
  }
  // Views and unread() are good until the next read only.
  void give_back_is_over() { given_.clear(); }

  asio::io_context& context_;
  FakeWire& wire_;
  std::string buffer_;
  std::string given_;
  bool woken_ = false;
  bool compressed_ = false;
};

}  // namespace restante::net
