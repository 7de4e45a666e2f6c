// From callbacks and other threads back into a coroutine: the only place where work crosses
// threads. What is awaited here resumes on the executor of the coroutine that awaits it
// (docs/architecture.md).
#pragma once

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <functional>
#include <type_traits>
#include <utility>

namespace restante {

// Calls start(done) at once; resumes with the value given to done, which may be called once, from
// any thread. done must not be dropped uncalled.
template <class Value, class Start>
asio::awaitable<Value> await_callback(Start start) {
  auto initiate = [](auto handler, Start begin) {
    auto guard = asio::make_work_guard(handler);
    begin([handler = std::move(handler), guard = std::move(guard)](Value value) mutable {
      auto executor = guard.get_executor();
      asio::post(executor, [handler = std::move(handler), guard = std::move(guard),
                            value = std::move(value)]() mutable { handler(std::move(value)); });
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(Value)>(
      initiate, asio::use_awaitable, std::move(start));
}

// Runs work() on pool (an execution context with threads of its own); resumes with its result. work
// must not throw.
template <class Pool, class Work>
asio::awaitable<std::invoke_result_t<Work&>> run_on(Pool& pool, Work work) {
  using Value = std::invoke_result_t<Work&>;
  auto start = [&pool, work = std::move(work)](std::move_only_function<void(Value)> done) mutable {
    asio::post(pool.get_executor(),
               [work = std::move(work), done = std::move(done)]() mutable { done(work()); });
  };
  return await_callback<Value>(std::move(start));
}

}  // namespace restante
