#pragma once

#include <cstddef>

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/async/task.h"
#include "common/base/intrusive_list.h"

namespace outhaul {

/// Lets code that must not destroy a coroutine itself (a library callback, or the coroutine's own
/// stack) ask the loop to do it.
class Cancellable {
 public:
  /// The coroutine is destroyed from the loop's ready queue, soon. Harmless when repeated.
  virtual void cancel_soon() = 0;

 protected:
  ~Cancellable() = default;
};

/// Owner of background tasks. Destroying the scope destroys them; draining waits for them.
///
///   Scope relays(loop);
///   relays.spawn(relay(stream));      // runs from the ready queue on
///   co_await relays.drained();        // until none is left
///
/// An exception that escapes from a task is a programming error and ends Loop::run().
class Scope {
 public:
  explicit Scope(Loop& loop) : loop_(loop), drained_(loop) { drained_.set(); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  /// Must not run inside one of the scope's own tasks.
  ~Scope() { cancel_all(); }

  /// Starts `task` from the ready queue. The returned handle is valid until the task has ended and
  /// its frame, with all that it owns, is destroyed: an object that the task owns may keep it.
  Cancellable& spawn(Task<void> task);

  /// Destroys all tasks now. Must not be called from inside one of them.
  void cancel_all();

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// `co_await scope.drained()`: until no task is left.
  Readiness::Awaiter drained() { return drained_.wait(); }

 private:
  class Entry;
  void finished(Entry& entry);

  Loop& loop_;
  IntrusiveList<Entry> entries_;
  std::size_t size_ = 0;
  Readiness drained_;
};

}  // namespace outhaul
