#include "edge/bindings/reset_limits.h"

#include <doctest/doctest.h>

namespace outhaul::edge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Limits small_limits() {
  Limits limits;
  limits.peer_resets = {3, 1, seconds(1)};
  limits.caused_resets = {2, 1, seconds(1)};
  return limits;
}

TEST_CASE("each binding has limits of its own, refilled by time") {
  const Limits limits = small_limits();
  ResetLimits resets(limits);
  const TimePoint now = TimePoint{} + seconds(100);
  for (int i = 0; i < 3; ++i)
    CHECK(resets.allow_peer_reset("a", now));
  CHECK_FALSE(resets.allow_peer_reset("a", now));
  CHECK(resets.allow_peer_reset("b", now));
  CHECK(resets.allow_caused_reset("a", now));
  CHECK(resets.allow_caused_reset("a", now));
  CHECK_FALSE(resets.allow_caused_reset("a", now));
  CHECK_FALSE(resets.allow_peer_reset("a", now + milliseconds(900)));
  CHECK(resets.allow_peer_reset("a", now + seconds(1)));
  CHECK_FALSE(resets.allow_peer_reset("a", now + seconds(1)));
}

TEST_CASE("bindings that were quiet are forgotten, so their number is bounded in time") {
  const Limits limits = small_limits();
  ResetLimits resets(limits);
  TimePoint now = TimePoint{} + seconds(100);
  for (int i = 0; i < 1024; ++i)
    CHECK(resets.allow_peer_reset(std::to_string(i), now));
  CHECK(resets.size() == 1024);
  now += seconds(60);
  CHECK(resets.allow_peer_reset("one more", now));
  CHECK(resets.size() == 1);
}

}  // namespace
}  // namespace outhaul::edge
