#include "common/h2/path_estimate.h"

#include <chrono>

#include <doctest/doctest.h>

namespace outhaul::h2 {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint start{seconds(1000)};

TEST_CASE("nothing is due before the path was enabled, or while a measurement is under way") {
  PathEstimate path;
  CHECK_FALSE(path.due(start));
  path.enable(start);
  CHECK(path.due(start));
  path.begin(start);
  CHECK_FALSE(path.due(start + seconds(100)));
  CHECK(path.end(start + milliseconds(80)) == milliseconds(80));
  CHECK(path.latest() == milliseconds(80));
  CHECK(path.due(start + milliseconds(80)));
}

TEST_CASE("the window is a multiple of what arrives in the shortest round trip") {
  static_assert(PathEstimate::headroom == 4);
  PathEstimate path;
  CHECK(path.window_for(1000, milliseconds(10)) == 0);  // nothing is known yet
  path.add(milliseconds(100), start);
  CHECK(path.window_for(65536, milliseconds(100)) == 4 * 65536);
  // With a queue on the way as much arrives in twice the time.
  path.add(milliseconds(200), start + seconds(1));
  CHECK(path.window_for(200000, milliseconds(200)) == 4 * 100000);
  // A shorter round trip than ever is the new shortest; a still shorter one counts in full.
  path.add(milliseconds(50), start + seconds(2));
  CHECK(path.window_for(200000, milliseconds(200)) == 4 * 50000);
  CHECK(path.window_for(1000, milliseconds(1)) == 4 * 1000);
}

TEST_CASE("the shortest round trip is forgotten after a minute") {
  PathEstimate path;
  path.add(milliseconds(20), start);
  path.add(milliseconds(100), start + PathEstimate::memory);
  CHECK(path.window_for(1000, milliseconds(100)) == 4 * 200);
  path.add(milliseconds(100), start + PathEstimate::memory + seconds(1));
  CHECK(path.window_for(1000, milliseconds(100)) == 4 * 1000);
}

TEST_CASE("a few measurements follow each other, then there is one a second") {
  PathEstimate path;
  path.enable(start);
  TimePoint now = start;
  std::uint32_t at_once = 0;
  while (path.due(now)) {
    path.begin(now);
    now += milliseconds(1);
    path.end(now);
    ++at_once;
  }
  CHECK(at_once == PathEstimate::burst);
  std::uint32_t later = 0;
  for (const TimePoint end = now + seconds(10); now < end; now += milliseconds(10)) {
    if (!path.due(now)) continue;
    path.begin(now);
    path.end(now);
    ++later;
  }
  CHECK(later >= 9);
  CHECK(later <= 10);
  // After a pause they may come at once again.
  now += seconds(100);
  for (std::uint32_t i = 0; i < PathEstimate::burst; ++i) {
    CHECK(path.due(now));
    path.begin(now);
    path.end(now);
  }
  CHECK_FALSE(path.due(now));
}

}  // namespace
}  // namespace outhaul::h2
