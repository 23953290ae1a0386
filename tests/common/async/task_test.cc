#include "common/async/task.h"

#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

#include "common/async/readiness.h"
#include "common/async/sleep.h"
#include "tests/support/run_task.h"

using namespace outhaul;

namespace {

Task<int> immediate(int value) {
  co_return value;
}

Task<int> later(Loop& loop, int value) {
  co_await sleep_for(loop, Duration::zero());
  co_return value;
}

Task<void> sum_many(long count, long& sum) {
  for (long i = 0; i < count; ++i) {
    const int one = co_await immediate(1);
    sum += one;
  }
}

Task<void> add_up(Loop& loop, int& sum) {
  for (int i = 0; i < 100; ++i) {
    const int value = co_await later(loop, i);
    sum += value;
  }
}

Task<int> throws() {
  throw std::runtime_error("boom");
  co_return 1;
}

Task<void> catches(std::string& what) {
  try {
    (void)co_await throws();
  } catch (const std::runtime_error& error) {
    what = error.what();
  }
}

struct Flag {
  bool& destroyed;
  explicit Flag(bool& target) : destroyed(target) {}
  Flag(const Flag&) = delete;
  Flag& operator=(const Flag&) = delete;
  ~Flag() { destroyed = true; }
};

Task<void> holds(Readiness& never, bool& destroyed) {
  const Flag flag(destroyed);
  co_await never.wait();
}

Task<void> outer(Readiness& never, bool& destroyed) {
  co_await holds(never, destroyed);
}

}  // namespace

TEST_CASE("a million awaits of tasks that finish at once do not grow the stack") {
  Loop loop;
  long sum = 0;
  testing::run_task(loop, sum_many(1'000'000, sum));
  CHECK(sum == 1'000'000);
}

TEST_CASE("a task that suspends hands its value to the awaiter") {
  Loop loop;
  int sum = 0;
  testing::run_task(loop, add_up(loop, sum));
  CHECK(sum == 4950);
}

TEST_CASE("an exception travels to the awaiter") {
  Loop loop;
  std::string what;
  testing::run_task(loop, catches(what));
  CHECK(what == "boom");
}

TEST_CASE("destroying a task destroys the chain that it awaits") {
  Loop loop;
  Readiness never(loop);
  bool destroyed = false;
  {
    Task<void> task = outer(never, destroyed);
    task.start();
    CHECK_FALSE(destroyed);
  }
  CHECK(destroyed);
}

TEST_CASE("a task destroyed while its wake-up is queued is not resumed") {
  Loop loop;
  Readiness readiness(loop);
  bool destroyed = false;
  {
    Task<void> task = outer(readiness, destroyed);
    task.start();
    readiness.set();
  }
  CHECK(destroyed);
  loop.run_turn(Duration::zero());
}
