// A limit on how much of one kind of work is done at once: coroutines of any thread wait for their
// turn in the order they came. What is done under a permit must not wait for a client.
#pragma once

#include <asio/awaitable.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace restante::session {

class Permits {
 public:
  explicit Permits(unsigned count) : free_(count) {}
  Permits(const Permits&) = delete;
  Permits& operator=(const Permits&) = delete;

  // Ends its turn when destroyed; must not outlive the Permits.
  class Turn {
   public:
    explicit Turn(Permits& of) : of_(&of) {}
    Turn(Turn&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (of_ != nullptr) of_->give_back();
    }

   private:
    Permits* of_;
  };

  asio::awaitable<Turn> take();

 private:
  void give_back();

  std::mutex mutex_;
  unsigned free_;
  std::deque<std::move_only_function<void(bool)>> waiting_;
};

}  // namespace restante::session
