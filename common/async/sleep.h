#pragma once

#include <coroutine>

#include "common/async/loop.h"
#include "common/async/runnable.h"
#include "common/async/timer.h"

namespace outhaul {

/// Awaiter of sleep_for; usable only as `co_await sleep_for(loop, delay)`.
class Sleep final : private Timer {
 public:
  Sleep(Loop& loop, Duration delay) : loop_(loop), delay_(delay) {}
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    waiter_.set(handle);
    arm(loop_, delay_);
  }
  void await_resume() noexcept {}

 private:
  void expired() override { loop_.ready(waiter_); }

  Loop& loop_;
  Duration delay_;
  Waiter waiter_;
};

/// Suspends the calling coroutine for `delay` of the loop's clock; 0 lets others run first.
inline Sleep sleep_for(Loop& loop, Duration delay) {
  return {loop, delay};
}

/// Awaiter of end_of_turn; usable only as `co_await end_of_turn(loop)`.
class EndOfTurn final {
 public:
  explicit EndOfTurn(Loop& loop) : loop_(loop) {}
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    waiter_.set(handle);
    loop_.at_end_of_turn(waiter_);
  }
  void await_resume() noexcept {}

 private:
  Loop& loop_;
  Waiter waiter_;
};

/// Suspends the calling coroutine until what was scheduled for the end of this turn before it, such
/// as the sending of what a session has collected, has run.
inline EndOfTurn end_of_turn(Loop& loop) {
  return EndOfTurn(loop);
}

}  // namespace outhaul
