#include "common/async/combinators.h"

#include <doctest/doctest.h>

#include "common/async/readiness.h"
#include "common/async/sleep.h"
#include "tests/support/run_task.h"

using namespace outhaul;
using namespace std::chrono_literals;

namespace {

struct Flag {
  bool& set;
  explicit Flag(bool& target) : set(target) {}
  Flag(const Flag&) = delete;
  Flag& operator=(const Flag&) = delete;
  ~Flag() { set = true; }
};

Task<Result<void>> succeeds_after(Loop& loop, int turns, bool& ended) {
  const Flag flag(ended);
  for (int i = 0; i < turns; ++i)
    co_await sleep_for(loop, 0ns);
  co_return Result<void>();
}

Task<Result<void>> fails_after(Loop& loop, int turns) {
  for (int i = 0; i < turns; ++i)
    co_await sleep_for(loop, 0ns);
  co_return Error{ErrorKind::reset, "failed"};
}

Task<Result<void>> never_ends(Readiness& never, bool& destroyed) {
  const Flag flag(destroyed);
  co_await never.wait();
  co_return Result<void>();
}

Task<Result<int>> answers(Loop& loop) {
  co_await sleep_for(loop, 0ns);
  co_return 42;
}

Task<Result<int>> hangs(Readiness& never) {
  co_await never.wait();
  co_return 1;
}

Task<void> both_succeed(Loop& loop, int first_turns, int second_turns) {
  bool first = false;
  bool second = false;
  const Result<void> result = co_await both(succeeds_after(loop, first_turns, first),
                                            succeeds_after(loop, second_turns, second));
  CHECK(result);
  CHECK(first);
  CHECK(second);
}

Task<void> one_fails(Loop& loop, int turns, bool failing_first) {
  Readiness never(loop);
  bool destroyed = false;
  Task<Result<void>> failing = fails_after(loop, turns);
  Task<Result<void>> hanging = never_ends(never, destroyed);
  Task<Result<void>> job = failing_first ? both(std::move(failing), std::move(hanging))
                                         : both(std::move(hanging), std::move(failing));
  const Result<void> result = co_await job;
  CHECK_FALSE(result);
  CHECK(result.error().message == "failed");
  // A sibling that was never started has no frame contents to destroy.
  CHECK((destroyed || (failing_first && turns == 0)));
}

Task<void> first_wins(Loop& loop) {
  Readiness never(loop);
  bool destroyed = false;
  bool ended = false;
  const Result<void> result =
      co_await first_of(never_ends(never, destroyed), succeeds_after(loop, 2, ended));
  CHECK(result);
  CHECK(ended);
  CHECK(destroyed);
}

Task<void> deadlines(Loop& loop) {
  const Result<int> answer = co_await with_deadline(loop, answers(loop), 1h, "the answer");
  REQUIRE(answer);
  CHECK(*answer == 42);
  Readiness never(loop);
  const Result<int> late = co_await with_deadline(loop, hangs(never), 5ms, "the connection");
  REQUIRE_FALSE(late);
  CHECK(late.error().kind == ErrorKind::timed_out);
  CHECK(late.error().message == "the connection took longer than 5 ms");
}

}  // namespace

TEST_CASE("both waits for both, in whatever order they end") {
  Loop loop;
  for (int first = 0; first < 3; ++first) {
    for (int second = 0; second < 3; ++second) {
      testing::run_task(loop, both_succeed(loop, first, second));
    }
  }
}

TEST_CASE("both destroys the sibling of a failure") {
  Loop loop;
  for (int turns = 0; turns < 3; ++turns) {
    testing::run_task(loop, one_fails(loop, turns, true));
    testing::run_task(loop, one_fails(loop, turns, false));
  }
}

TEST_CASE("first_of destroys the loser") {
  Loop loop;
  testing::run_task(loop, first_wins(loop));
}

TEST_CASE("a deadline gives the result in time, or timed_out and a destroyed task") {
  Loop loop;
  testing::run_task(loop, deadlines(loop));
}
