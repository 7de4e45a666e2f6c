// A read of the store that goes on while its session does something else, such as sending what the
// read before it has found.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/async_bridge.h"
#include "storage/store.h"

namespace restante::session {

// Used on executor only. What task refers to must live until get() has returned.
template <class T>
class StartedRead {
 public:
  // Has task(Reader&) -> Result<T> run on a reader thread. Errors as of read_store().
  template <class Task>
  StartedRead(asio::any_io_executor executor, storage::Store& store, Task task)
      : shared_(std::make_shared<Shared>()) {
    // The executor must not run out of work while the read is under way.
    auto busy = asio::prefer(executor, asio::execution::outstanding_work.tracked);
    auto queued = store.read(
        [task = std::move(task), busy, shared = shared_](storage::Reader& reader) mutable {
          Result<T> result = run(task, reader);
          asio::post(busy, [shared = std::move(shared), result = std::move(result)]() mutable {
            shared->finish(std::move(result));
          });
        });
    if (!queued) shared_->finish(std::unexpected(queued.error()));
  }

  // The result, once; waits for it where it is not there yet.
  asio::awaitable<Result<T>> get() {
    if (shared_->result) co_return std::move(*shared_->result);
    auto start = [shared = shared_](std::move_only_function<void(Result<T>)> done) {
      shared->waiter = std::move(done);
    };
    co_return co_await await_callback<Result<T>>(std::move(start));
  }

 private:
  struct Shared {
    void finish(Result<T> value) {
      if (waiter) {
        waiter(std::move(value));
      } else {
        result = std::move(value);
      }
    }
    std::optional<Result<T>> result;
    std::move_only_function<void(Result<T>)> waiter;
  };

  template <class Task>
  static Result<T> run(Task& task, storage::Reader& reader) {
    try {
      return task(reader);
    } catch (const std::exception& error) {
      return fail(ErrorKind::Io, std::string("reading the store failed: ") + error.what());
    }
  }

  std::shared_ptr<Shared> shared_;
};

}  // namespace restante::session
