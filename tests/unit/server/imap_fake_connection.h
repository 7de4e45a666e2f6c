// A Connection without a socket for conversations: waits while there is no input, so that several
// sessions can be driven in turn on one io_context.
#pragma once

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/net/connection.h"

namespace restante::session {

// What a test sees of a connection; outlives it.
class ImapWire {
 public:
  explicit ImapWire(asio::io_context& context)
      : signal_(context, asio::steady_timer::time_point::max()) {}

  void send(std::string_view octets) {
    input += octets;
    notify();
  }
  // Reads give this from now on.
  void fail(net::IoError with) {
    error = with;
    notify();
  }
  void notify() { signal_.cancel(); }
  asio::steady_timer& signal() { return signal_; }

  std::string input;
  std::optional<net::IoError> error;
  std::string output;
  std::size_t piece = 1'000'000;  // most octets of one read
  std::size_t largest_write = 0;
  std::size_t writes = 0;
  bool write_fails = false;
  bool closed = false;
  bool idle = false;  // in wait_for_input_or_wake()
  bool tls_available = false;
  bool tls_works = true;
  bool tls = false;
  net::PeerInfo peer{"192.0.2.7", 4711, false, false, ""};
  std::vector<std::chrono::steady_clock::duration> deadlines;

 private:
  asio::steady_timer signal_;
};

class ImapFakeConnection final : public net::Connection {
 public:
  ImapFakeConnection(asio::io_context& context, ImapWire& wire) : context_(context), wire_(wire) {}
  ~ImapFakeConnection() override { wire_.closed = true; }

  const net::PeerInfo& peer() const override { return wire_.peer; }
  asio::any_io_executor executor() override { return context_.get_executor(); }
  std::uint64_t session_id() const override { return 7; }

  asio::awaitable<net::IoResult<std::string_view>> read_line(std::size_t limit) override {
    std::size_t end = wire_.input.find('\n');
    wire_.idle = true;
    while (end == std::string::npos && !wire_.error) {
      co_await sleep();
      end = wire_.input.find('\n');
    }
    wire_.idle = false;
    if (end == std::string::npos) co_return std::unexpected(*wire_.error);
    given_ = std::make_unique<std::string>(wire_.input.substr(0, end + 1));
    wire_.input.erase(0, end + 1);
    if (given_->size() > limit) co_return std::unexpected(net::IoError::TooLong);
    if (given_->ends_with("\r\n")) given_->resize(given_->size() - 2);
    co_return std::string_view(*given_);
  }

  asio::awaitable<net::IoResult<std::string_view>> read_some(std::size_t limit) override {
    while (wire_.input.empty() && !wire_.error) co_await sleep();
    if (wire_.input.empty()) co_return std::unexpected(*wire_.error);
    const std::size_t count = std::min({limit, wire_.piece, wire_.input.size()});
    // A block of its own, so that a view kept for too long is found by AddressSanitizer.
    given_ = std::make_unique<std::string>(wire_.input.substr(0, count));
    wire_.input.erase(0, count);
    co_return std::string_view(*given_);
  }
  void unread(std::size_t count) override {
    wire_.input.insert(0, given_->substr(given_->size() - count));
  }
  bool has_buffered_input() const override { return !wire_.input.empty(); }
  void discard_buffered_input() override { wire_.input.clear(); }

  asio::awaitable<net::IoResult<net::WakeReason>> wait_for_input_or_wake() override {
    given_.reset();
    wire_.idle = true;
    while (wire_.input.empty() && !wire_.error && !woken_) co_await sleep();
    wire_.idle = false;
    if (std::exchange(woken_, false)) co_return net::WakeReason::Woken;
    if (!wire_.input.empty()) co_return net::WakeReason::Input;
    co_return std::unexpected(*wire_.error);
  }
  void wake() override {
    woken_ = true;
    wire_.notify();
  }

  asio::awaitable<net::IoResult<void>> write(std::string_view data) override {
    co_await asio::post(context_, asio::use_awaitable);
    if (wire_.write_fails) co_return std::unexpected(net::IoError::Closed);
    wire_.output += data;
    wire_.largest_write = std::max(wire_.largest_write, data.size());
    ++wire_.writes;
    co_return net::IoResult<void>();
  }

  asio::awaitable<net::IoResult<void>> start_tls() override {
    discard_buffered_input();
    if (!wire_.tls_works) co_return std::unexpected(net::IoError::Tls);
    wire_.tls = true;
    co_return net::IoResult<void>();
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
  asio::awaitable<void> sleep() {
    try {
      co_await wire_.signal().async_wait(asio::use_awaitable);
    } catch (const std::exception&) {
      // Cancelled: there is something to see.
    }
  }

  asio::io_context& context_;
  ImapWire& wire_;
  std::unique_ptr<std::string> given_;
  bool woken_ = false;
  bool compressed_ = false;
};

}  // namespace restante::session
