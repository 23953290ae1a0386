#pragma once

#include <cassert>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "common/async/runnable.h"
#include "common/base/memory_pool.h"

namespace outhaul {

template <typename T>
class Task;

namespace detail {

/// What every Task's promise shares: who continues when it is done.
class PromiseBase {
 public:
  static void* operator new(std::size_t size) { return allocate_pooled(size); }
  static void operator delete(void* memory, std::size_t size) noexcept {
    release_pooled(memory, size);
  }

  std::suspend_always initial_suspend() noexcept { return {}; }

  struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <typename Promise>
    void await_suspend(std::coroutine_handle<Promise> done) noexcept {
      // The continuation may destroy `done`; nothing of it is touched after the resume.
      const std::coroutine_handle<> continuation = done.promise().continuation_;
      if (continuation) continuation.resume();
    }
    void await_resume() noexcept {}
  };
  FinalAwaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { exception_ = std::current_exception(); }

  void set_continuation(std::coroutine_handle<> continuation) { continuation_ = continuation; }

 protected:
  void rethrow_if_failed() {
    if (exception_) std::rethrow_exception(std::exchange(exception_, nullptr));
  }

 private:
  // Null until the awaiting coroutine is really suspended: a child that finishes at once lets its
  // parent go on inline, so a loop of a million awaits does not grow the stack.
  std::coroutine_handle<> continuation_;
  std::exception_ptr exception_;
};

template <typename T>
class Promise final : public PromiseBase {
 public:
  Task<T> get_return_object();
  template <typename U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() {
    rethrow_if_failed();
    assert(value_);
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
};

template <>
class Promise<void> final : public PromiseBase {
 public:
  Task<void> get_return_object();
  void return_void() noexcept {}
  void take() { rethrow_if_failed(); }
};

}  // namespace detail

/// A lazy coroutine, owned by this object: it starts when awaited, and destroying the Task destroys
/// the coroutine with everything it owns and awaits. That is the only way to cancel.
///
/// A Task must not be destroyed from inside itself; whoever cancels does so from the loop (see
/// Scope). Awaited once, by one coroutine. Exceptions travel to the awaiter.
template <typename T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;

  Task() = default;
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      reset();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~Task() { reset(); }

  void reset() {
    if (handle_) std::exchange(handle_, nullptr).destroy();
  }
  bool valid() const { return handle_ != nullptr; }
  bool done() const { return handle_.done(); }

  /// For combinators: runs until the first suspension.
  void start() { handle_.resume(); }
  /// For combinators: who is resumed when this is done.
  void set_continuation(std::coroutine_handle<> continuation) {
    handle_.promise().set_continuation(continuation);
  }
  /// For combinators: the result of a done task; rethrows what escaped from it.
  T take() { return handle_.promise().take(); }

  auto operator co_await() && noexcept { return Awaiter{handle_}; }
  auto operator co_await() & noexcept { return Awaiter{handle_}; }

 private:
  friend promise_type;
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}

  struct Awaiter {
    std::coroutine_handle<promise_type> child;
    bool await_ready() noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> parent) {
      child.resume();
      if (child.done()) return false;
      child.promise().set_continuation(parent);
      return true;
    }
    T await_resume() { return child.promise().take(); }
  };

  std::coroutine_handle<promise_type> handle_;
};

namespace detail {
template <typename T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}
}  // namespace detail

}  // namespace outhaul
