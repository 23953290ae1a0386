#pragma once

#include <coroutine>

#include "common/base/intrusive_list.h"

namespace outhaul {

/// Something the loop runs once after it was scheduled (Loop::ready or Loop::at_end_of_turn).
/// Destroying or unlinking it takes it back; scheduling it twice is harmless.
class Runnable : public ListNode {
 public:
  /// Called from the loop with no coroutine on the stack.
  virtual void run() = 0;

 protected:
  ~Runnable() = default;
};

/// The suspended coroutine of an awaiter. It lives inside the awaiter, i.e. in the coroutine's own
/// frame, so destroying the coroutine takes it out of every queue: cancellation is destruction.
class Waiter final : public Runnable {
 public:
  void set(std::coroutine_handle<> handle) { handle_ = handle; }
  void run() override { handle_.resume(); }

 private:
  std::coroutine_handle<> handle_;
};

}  // namespace outhaul
