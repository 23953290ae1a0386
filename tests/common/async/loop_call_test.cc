#include "common/async/loop_call.h"

#include <stdexcept>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "common/async/loop_thread.h"
#include "common/async/sleep.h"
#include "tests/support/run_task.h"

using namespace outhaul;
using namespace std::chrono_literals;

namespace {

void ignore_failure(std::exception_ptr) {}

Task<std::thread::id> identify_later(Loop& there) {
  co_await end_of_turn(there);  // a task that is not done at once
  co_return std::this_thread::get_id();
}

Task<void> ask(Loop& here, Loop& there, std::thread::id& answered, std::thread::id& resumed) {
  std::function<std::thread::id()> identify = [] { return std::this_thread::get_id(); };
  Task<std::thread::id> asking = run_on(here, there, std::move(identify));
  answered = co_await std::move(asking);
  resumed = std::this_thread::get_id();
}

Task<void> call(Loop& here, Loop& there, Scope& tasks, std::thread::id& answered,
                std::thread::id& resumed) {
  std::function<Task<std::thread::id>()> make = [&there] { return identify_later(there); };
  Task<std::thread::id> calling = call_on(here, there, tasks, std::move(make));
  answered = co_await std::move(calling);
  resumed = std::this_thread::get_id();
}

Task<void> ask_many(Loop& here, Loop& there, std::vector<int>& seen, int& sum) {
  for (int i = 0; i < 1000; ++i) {
    std::function<int()> note = [&seen, i] {
      seen.push_back(i);
      return i;
    };
    Task<int> asking = run_on(here, there, std::move(note));
    sum += co_await std::move(asking);
  }
}

Task<void> ask_and_note(Loop& here, Loop& there, Scope& tasks, bool& answered) {
  std::function<Task<std::thread::id>()> make = [&there] { return identify_later(there); };
  Task<std::thread::id> calling = call_on(here, there, tasks, std::move(make));
  co_await std::move(calling);
  answered = true;
}

}  // namespace

TEST_CASE("a function runs on the other loop's thread, and its caller goes on on its own") {
  Loop here;
  LoopThread other("other");
  other.start(ignore_failure);
  std::thread::id answered;
  std::thread::id resumed;
  testing::run_task(here, ask(here, other.loop(), answered, resumed));
  CHECK(answered != std::this_thread::get_id());
  CHECK(resumed == std::this_thread::get_id());
}

TEST_CASE("a task runs on the other loop for as long as it takes") {
  Loop here;
  LoopThread other("other");
  Scope tasks(other.loop());
  other.start(ignore_failure);
  std::thread::id answered;
  std::thread::id resumed;
  testing::run_task(here, call(here, other.loop(), tasks, answered, resumed));
  other.stop();
  CHECK(answered != std::this_thread::get_id());
  CHECK(resumed == std::this_thread::get_id());
}

TEST_CASE("questions are answered in their order, and each one once") {
  Loop here;
  LoopThread other("other");
  other.start(ignore_failure);
  std::vector<int> seen;
  int sum = 0;
  testing::run_task(here, ask_many(here, other.loop(), seen, sum));
  other.stop();
  CHECK(seen.size() == 1000);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  CHECK(sum == 999 * 1000 / 2);
}

TEST_CASE("a caller that is gone when the answer comes is not missed") {
  Loop here;
  LoopThread other("other");
  Scope tasks(other.loop());
  bool answered = false;
  {
    Scope callers(here);
    callers.spawn(ask_and_note(here, other.loop(), tasks, answered));
    here.run_turn(0ns);
  }
  other.start(ignore_failure);
  // Behind the answer of the first: the same way there and back.
  std::thread::id later;
  std::thread::id resumed;
  testing::run_task(here, call(here, other.loop(), tasks, later, resumed));
  other.stop();
  CHECK(later != std::thread::id());
  CHECK_FALSE(answered);
}
