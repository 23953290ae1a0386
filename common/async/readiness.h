#pragma once

#include <coroutine>

#include "common/async/loop.h"
#include "common/async/runnable.h"
#include "common/base/intrusive_list.h"

namespace outhaul {

/// Coroutines that wait for something to happen. Waking goes through the loop's ready queue.
class WaitQueue {
 public:
  explicit WaitQueue(Loop& loop) : loop_(loop) {}

  bool empty() const { return waiters_.empty(); }
  void wake_one() {
    if (!waiters_.empty()) loop_.ready(waiters_.pop_front());
  }
  void wake_all() {
    while (!waiters_.empty())
      loop_.ready(waiters_.pop_front());
  }

  struct Awaiter {
    explicit Awaiter(WaitQueue& waited_for) : queue(waited_for) {}
    WaitQueue& queue;
    Waiter waiter;
    bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
      waiter.set(handle);
      queue.waiters_.push_back(waiter);
    }
    void await_resume() noexcept {}
  };
  /// `co_await queue.wait()`: suspends until woken.
  Awaiter wait() { return Awaiter(*this); }

 private:
  Loop& loop_;
  IntrusiveList<Waiter> waiters_;
};

/// A flag that coroutines can wait for: "this can be read now", "this has ended". The waiter
/// looks again after waking; spurious wake-ups are allowed.
class Readiness {
 public:
  explicit Readiness(Loop& loop) : waiters_(loop) {}

  bool is_set() const { return set_; }
  void set() {
    set_ = true;
    waiters_.wake_all();
  }
  void clear() { set_ = false; }

  struct Awaiter {
    explicit Awaiter(Readiness& waited_for) : readiness(waited_for), queued(waited_for.waiters_) {}
    Readiness& readiness;
    WaitQueue::Awaiter queued;
    bool await_ready() noexcept { return readiness.set_; }
    void await_suspend(std::coroutine_handle<> handle) { queued.await_suspend(handle); }
    void await_resume() noexcept {}
  };
  /// `co_await readiness.wait()`: goes on at once when set, else when set() is called.
  Awaiter wait() { return Awaiter(*this); }
  /// For other awaiters: who waits.
  WaitQueue& waiters() { return waiters_; }

 private:
  WaitQueue waiters_;
  bool set_ = false;
};

}  // namespace outhaul
