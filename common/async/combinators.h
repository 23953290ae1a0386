#pragma once

#include <coroutine>
#include <string>
#include <utility>

#include "common/async/loop.h"
#include "common/async/runnable.h"
#include "common/async/task.h"
#include "common/async/timer.h"
#include "common/base/result.h"

namespace outhaul {

namespace detail {

/// Starts a task and resumes the caller when it is done or the time is up, whichever is first.
template <typename T>
class DeadlineAwaiter final : private Timer {
 public:
  DeadlineAwaiter(Loop& loop, Task<T>& task, Duration limit)
      : loop_(loop), task_(task), limit_(limit) {}
  bool await_ready() noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> parent) {
    task_.start();
    if (task_.done()) return false;
    task_.set_continuation(parent);
    waiter_.set(parent);
    arm(loop_, limit_);
    return true;
  }
  void await_resume() noexcept {}

 private:
  void expired() override { loop_.ready(waiter_); }

  Loop& loop_;
  Task<T>& task_;
  Duration limit_;
  Waiter waiter_;
};

/// Starts the tasks that have not started and resumes the caller when either is done.
class EitherAwaiter {
 public:
  EitherAwaiter(Task<Result<void>>& first, Task<Result<void>>& second)
      : first_(first), second_(second) {}
  bool await_ready() noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> parent) {
    first_.start();
    if (first_.done()) return false;
    second_started_ = true;
    second_.start();
    if (second_.done()) return false;
    first_.set_continuation(parent);
    second_.set_continuation(parent);
    return true;
  }
  void await_resume() noexcept {}
  bool second_started() const { return second_started_; }

 private:
  Task<Result<void>>& first_;
  Task<Result<void>>& second_;
  bool second_started_ = false;
};

/// Starts `side`, then `main`, and resumes the caller when `main` is done.
class AlongsideAwaiter {
 public:
  AlongsideAwaiter(Task<Result<void>>& main, Task<void>& side) : main_(main), side_(side) {}
  bool await_ready() noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> parent) {
    side_.start();
    main_.start();
    if (main_.done()) return false;
    main_.set_continuation(parent);
    return true;
  }
  void await_resume() noexcept {}

 private:
  Task<Result<void>>& main_;
  Task<void>& side_;
};

/// Waits for the rest of a task that EitherAwaiter may or may not have started.
class RestAwaiter {
 public:
  RestAwaiter(Task<Result<void>>& task, bool started) : task_(task), started_(started) {}
  bool await_ready() noexcept { return started_ && task_.done(); }
  bool await_suspend(std::coroutine_handle<> parent) {
    if (!started_) {
      task_.start();
      if (task_.done()) return false;
    }
    task_.set_continuation(parent);
    return true;
  }
  void await_resume() noexcept {}

 private:
  Task<Result<void>>& task_;
  bool started_;
};

}  // namespace detail

/// The task's result, or timed_out "<what> took longer than <limit>" with the task destroyed.
template <typename T>
Task<Result<T>> with_deadline(Loop& loop, Task<Result<T>> task, Duration limit, std::string what) {
  detail::DeadlineAwaiter<Result<T>> awaiter(loop, task, limit);
  co_await awaiter;
  if (task.done()) co_return task.take();
  task.reset();
  const auto limit_ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  co_return Error{ErrorKind::timed_out,
                  what + " took longer than " + std::to_string(limit_ms) + " ms"};
}

/// Runs two halves of one job: success when both succeed; the first failure destroys the sibling
/// and is returned. Neither may destroy the coroutine that awaits this.
Task<Result<void>> both(Task<Result<void>> first, Task<Result<void>> second);

/// Runs two tasks until one is done, destroys the other and returns the result of the one that
/// was done first.
Task<Result<void>> first_of(Task<Result<void>> first, Task<Result<void>> second);

/// Runs `side` beside `main` for as long as `main` takes, then destroys it. Returns main's result.
/// An exception of a side that was done travels to the caller.
Task<Result<void>> alongside(Task<Result<void>> main, Task<void> side);

}  // namespace outhaul
