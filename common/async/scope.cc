#include "common/async/scope.h"

#include <coroutine>
#include <exception>
#include <memory>
#include <utility>

#include "common/base/memory_pool.h"

namespace outhaul {

namespace {

/// The coroutine at the root of a background task: owns the task's frame and tells the entry when
/// it is done, so that the frame is destroyed from the loop and never from inside itself.
struct Root {
  struct promise_type : Pooled {
    Runnable* when_done = nullptr;
    Loop* loop = nullptr;
    std::exception_ptr exception;

    Root get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct Final {
      bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<promise_type> done) noexcept {
        done.promise().loop->ready(*done.promise().when_done);
      }
      void await_resume() noexcept {}
    };
    Final final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { exception = std::current_exception(); }
  };
  std::coroutine_handle<promise_type> handle;
};

Root run_root(Task<void> task) {
  co_await task;
}

}  // namespace

class Scope::Entry final : public ListNode, public Cancellable, public Pooled {
 public:
  Entry(Scope& scope, Task<void> task) : scope_(scope), root_(run_root(std::move(task)).handle) {
    root_.promise().when_done = &step_;
    root_.promise().loop = &scope.loop_;
    scope.loop_.ready(step_);
  }
  ~Entry() { root_.destroy(); }

  void cancel_soon() override {
    cancelled_ = true;
    scope_.loop_.ready(step_);
  }

 private:
  class Step final : public Runnable {
   public:
    explicit Step(Entry& entry) : entry_(entry) {}
    void run() override { entry_.step(); }

   private:
    Entry& entry_;
  };

  void step() {
    if (!started_ && !cancelled_) {
      started_ = true;
      root_.resume();
      return;  // a root that is done has queued the step again
    }
    if (!cancelled_ && !root_.done()) return;
    if (root_.promise().exception) scope_.loop_.fail(root_.promise().exception);
    scope_.finished(*this);
  }

  Scope& scope_;
  std::coroutine_handle<Root::promise_type> root_;
  Step step_{*this};
  bool started_ = false;
  bool cancelled_ = false;
};

Cancellable& Scope::spawn(Task<void> task) {
  drained_.clear();
  ++size_;
  auto entry = std::make_unique<Entry>(*this, std::move(task));
  entries_.push_back(*entry);
  return *entry.release();  // owned by entries_ from here: finished() or cancel_all() deletes it
}

void Scope::finished(Entry& entry) {
  entry.unlink();
  const std::unique_ptr<Entry> owner(&entry);
  if (--size_ == 0) drained_.set();
}

void Scope::cancel_all() {
  while (!entries_.empty())
    finished(entries_.front());
}

}  // namespace outhaul
