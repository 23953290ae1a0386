#include "common/async/scope.h"

#include <stdexcept>

#include <doctest/doctest.h>

#include "common/async/readiness.h"
#include "common/async/sleep.h"
#include "tests/support/run_task.h"

using namespace outhaul;

namespace {

struct Flag {
  int& count;
  explicit Flag(int& target) : count(target) {}
  Flag(const Flag&) = delete;
  Flag& operator=(const Flag&) = delete;
  ~Flag() { ++count; }
};

Task<void> waits(Readiness& readiness, int& ended) {
  const Flag flag(ended);
  co_await readiness.wait();
}

Task<void> returns_at_once(int& ended) {
  const Flag flag(ended);
  co_return;
}

Task<void> fails() {
  throw std::runtime_error("escaped");
  co_return;
}

Task<void> drain_after_set(Loop& loop, Readiness& readiness, Scope& scope) {
  co_await sleep_for(loop, Duration::zero());
  CHECK(scope.size() == 2);
  readiness.set();
  co_await scope.drained();
  CHECK(scope.empty());
}

}  // namespace

TEST_CASE("a scope drains when its tasks have ended") {
  Loop loop;
  Readiness readiness(loop);
  Scope scope(loop);
  int ended = 0;
  scope.spawn(waits(readiness, ended));
  scope.spawn(waits(readiness, ended));
  testing::run_task(loop, drain_after_set(loop, readiness, scope));
  CHECK(ended == 2);
}

TEST_CASE("destroying a scope destroys its tasks, started or not") {
  Loop loop;
  Readiness never(loop);
  int ended = 0;
  {
    Scope scope(loop);
    scope.spawn(waits(never, ended));
    loop.run_turn(Duration::zero());
    scope.spawn(returns_at_once(ended));
  }
  CHECK(ended == 1);  // the second never ran
}

TEST_CASE("cancel_soon destroys the task from the loop") {
  Loop loop;
  Readiness never(loop);
  Scope scope(loop);
  int ended = 0;
  Cancellable& task = scope.spawn(waits(never, ended));
  loop.run_turn(Duration::zero());
  task.cancel_soon();
  CHECK(ended == 0);
  task.cancel_soon();
  loop.run_turn(Duration::zero());
  CHECK(ended == 1);
  CHECK(scope.empty());
}

TEST_CASE("an exception that escapes from a task ends the loop") {
  Loop loop;
  Scope scope(loop);
  scope.spawn(fails());
  CHECK_THROWS_WITH_AS(loop.run(), "escaped", std::runtime_error);
}
