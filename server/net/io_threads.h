// The threads that serve sockets: one io_context each; a connection stays on the one it was given
// to. Knows no protocol. Thread rule: IoThreads may be used from any thread, IoThread's registry
// only on its own thread.
#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace restante::net {

// What the owner of a connection may do to it from outside, on its thread.
class Stoppable {
 public:
  virtual ~Stoppable() = default;
  virtual void request_stop() = 0;  // reads and waits end with IoError::Stopped
  virtual void close_now() = 0;     // everything ends with IoError::Closed
};

// The live connections of one thread.
using Registry = std::list<Stoppable*>;

class IoThread {
 public:
  IoThread() : work_(asio::make_work_guard(context_)) {}
  asio::io_context& context() { return context_; }
  Registry& registry() { return registry_; }
  bool stopping() const { return stopping_; }  // on this thread only

 private:
  friend class IoThreads;
  Registry registry_;  // outlives the context, whose end destroys what is suspended
  bool stopping_ = false;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};

class IoThreads {
 public:
  // Starts the threads and makes the process ignore SIGPIPE, which OpenSSL's writes would raise.
  explicit IoThreads(unsigned count);
  ~IoThreads();  // stops and joins; what is still suspended is destroyed

  IoThread& next();  // round robin

  // Counts the sessions that run, for wait_until_idle.
  void session_began();
  void session_ended();
  std::size_t sessions() const;

  void stop_sessions();   // request_stop to all, now and to come
  void close_sessions();  // close_now to all
  // Whether no session is left; waits at most so long for it.
  bool wait_until_idle(std::chrono::milliseconds at_most);
  void stop_and_join();

 private:
  void on_each(void (*action)(IoThread&));

  std::vector<std::unique_ptr<IoThread>> threads_;
  std::atomic<std::size_t> turn_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t sessions_ = 0;
};

}  // namespace restante::net
