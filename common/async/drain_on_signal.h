#pragma once

#include <functional>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/signals.h"
#include "common/async/task.h"
#include "common/base/log.h"

namespace outhaul {

/// How a server ends: the first SIGTERM or SIGINT drains it and then stops the loop, a second one
/// stops the loop at once.
///
/// Made before the program's first thread, so that all threads inherit the blocked signals; armed
/// when there is something to drain. Until then a signal just stops the loop.
class DrainOnSignal {
 public:
  explicit DrainOnSignal(Loop& loop);

  /// `drain()` makes the task that a signal runs. What it uses must stay until disarm().
  void arm(Log& log, std::function<Task<void>()> drain);
  /// Gives up a drain under way. Not from inside it.
  void disarm();

 private:
  void signalled(int signal);
  Task<void> drain_and_stop();

  Loop& loop_;
  Log* log_ = nullptr;
  std::function<Task<void>()> drain_;
  bool asked_ = false;
  SignalWatch signals_;
  Scope tasks_;
};

}  // namespace outhaul
