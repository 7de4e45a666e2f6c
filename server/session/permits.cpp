// The queue of those who wait. See permits.h.
#include "server/session/permits.h"

#include "server/async_bridge.h"

namespace restante::session {

asio::awaitable<Permits::Turn> Permits::take() {
  auto start = [this](std::move_only_function<void(bool)> done) {
    {
      const std::scoped_lock lock(mutex_);
      if (free_ == 0) {
        waiting_.push_back(std::move(done));
        return;
      }
      --free_;
    }
    done(true);
  };
  co_await await_callback<bool>(std::move(start));
  co_return Turn(*this);
}

// The permit goes to who waits longest.
void Permits::give_back() {
  std::move_only_function<void(bool)> next;
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    next = std::move(waiting_.front());
    waiting_.pop_front();
  }
  next(true);
}

}  // namespace restante::session
