#pragma once

#include <coroutine>

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/async/timer.h"

namespace outhaul {

/// Awaiter of wait_for; usable only as `co_await wait_for(...)`.
class TimedWait final : private Timer {
 public:
  TimedWait(Loop& loop, Readiness& readiness, Duration limit)
      : loop_(loop), readiness_(readiness), queued_(readiness.waiters()), limit_(limit) {}

  bool await_ready() noexcept { return readiness_.is_set(); }
  void await_suspend(std::coroutine_handle<> handle) {
    queued_.await_suspend(handle);
    if (limit_ > Duration::zero()) arm(loop_, limit_);
  }
  /// False when the time was up first.
  bool await_resume() noexcept { return !expired_; }

 private:
  void expired() override {
    expired_ = true;
    // From the readiness' queue to the loop's: the same waiter, so it is resumed only once.
    queued_.waiter.unlink();
    loop_.ready(queued_.waiter);
  }

  Loop& loop_;
  Readiness& readiness_;
  WaitQueue::Awaiter queued_;
  Duration limit_;
  bool expired_ = false;
};

/// `const bool woken = co_await wait_for(loop, readiness, limit)`: waits until the readiness is set
/// or `limit` has passed; 0 or less means no limit. Spurious wake-ups as with Readiness::wait().
inline TimedWait wait_for(Loop& loop, Readiness& readiness, Duration limit) {
  return {loop, readiness, limit};
}

}  // namespace outhaul
