#include "server/net/io_threads.h"

#include <algorithm>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <csignal>

namespace restante::net {

IoThreads::IoThreads(unsigned count) {
  std::signal(SIGPIPE, SIG_IGN);
  for (unsigned i = 0; i < std::max(count, 1U); ++i) {
    threads_.push_back(std::make_unique<IoThread>());
    IoThread& thread = *threads_.back();
    // Makes the context open its own descriptors now, while there are some.
    const asio::steady_timer opens_reactor(thread.context_);
    thread.thread_ = std::thread([&thread] { thread.context_.run(); });
  }
}

IoThreads::~IoThreads() {
  stop_and_join();
}

IoThread& IoThreads::next() {
  return *threads_[turn_.fetch_add(1, std::memory_order_relaxed) % threads_.size()];
}

void IoThreads::session_began() {
  std::lock_guard lock(mutex_);
  ++sessions_;
}

void IoThreads::session_ended() {
  std::lock_guard lock(mutex_);
  if (--sessions_ == 0) changed_.notify_all();
}

std::size_t IoThreads::sessions() const {
  std::lock_guard lock(mutex_);
  return sessions_;
}

void IoThreads::on_each(void (*action)(IoThread&)) {
  for (auto& thread : threads_) {
    asio::post(thread->context_, [&thread = *thread, action] { action(thread); });
  }
}

void IoThreads::stop_sessions() {
  on_each([](IoThread& thread) {
    thread.stopping_ = true;
    for (Stoppable* connection : thread.registry_) connection->request_stop();
  });
}

void IoThreads::close_sessions() {
  on_each([](IoThread& thread) {
    thread.stopping_ = true;
    for (Stoppable* connection : thread.registry_) connection->close_now();
  });
}

bool IoThreads::wait_until_idle(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, at_most, [this] { return sessions_ == 0; });
}

void IoThreads::stop_and_join() {
  for (auto& thread : threads_) {
    thread->work_.reset();
    thread->context_.stop();
  }
  for (auto& thread : threads_) {
    if (thread->thread_.joinable()) thread->thread_.join();
  }
}

}  // namespace restante::net
