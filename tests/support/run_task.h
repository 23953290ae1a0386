#pragma once

#include <exception>
#include <utility>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/task.h"

namespace outhaul::testing {

inline Task<void> then_stop(Loop& loop, Task<void> task) {
  std::exception_ptr failure;
  try {
    co_await task;
  } catch (...) {
    failure = std::current_exception();
  }
  loop.stop();
  if (failure) std::rethrow_exception(failure);
}

/// Runs the loop until `task` is done; a failed REQUIRE inside it reaches the test.
inline void run_task(Loop& loop, Task<void> task) {
  Scope scope(loop);
  scope.spawn(then_stop(loop, std::move(task)));
  loop.run();
}

}  // namespace outhaul::testing
