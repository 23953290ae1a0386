#include "common/async/clock_jumps.h"

#include <vector>

#include <doctest/doctest.h>
#include <poll.h>

using namespace outhaul;
using namespace std::chrono_literals;

namespace {

/// As long as that, the loop does not turn.
void stand_still(std::chrono::milliseconds time) {
  CHECK(poll(nullptr, 0, static_cast<int>(time.count())) == 0);
}

void turn_for(Loop& loop, Duration time) {
  const TimePoint end = LoopClock::now() + time;
  while (LoopClock::now() < end)
    loop.run_turn(1s);
}

}  // namespace

TEST_CASE("time in which the loop did not turn is reported once, with its length") {
  Loop loop;
  std::vector<Duration> jumps;
  const ClockJumps watch(loop, 200ms, [&jumps](Duration lost) { jumps.push_back(lost); });
  stand_still(700ms);
  turn_for(loop, 300ms);
  REQUIRE(jumps.size() == 1);
  CHECK(jumps.front() >= 600ms);
  CHECK(jumps.front() < 10s);
}

TEST_CASE("a loop that waits has lost no time") {
  Loop loop;
  int jumps = 0;
  // A machine so busy that it stands for so long would be reported, and rightly.
  const ClockJumps watch(loop, 2s, [&jumps](Duration) { ++jumps; });
  turn_for(loop, 2500ms);
  CHECK(jumps == 0);
}
