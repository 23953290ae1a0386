#include "agent/connections/backoff.h"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::agent;
using namespace std::chrono_literals;

namespace {

constexpr Duration never_served{};

/// The longest of many delays, each after so many failed attempts.
Duration longest_after(int failures) {
  Duration longest{};
  for (int i = 0; i < 200; ++i) {
    Backoff backoff(default_limits);
    for (int failed = 0; failed < failures; ++failed)
      backoff.next(never_served);
    longest = std::max(longest, backoff.next(never_served));
  }
  return longest;
}

}  // namespace

TEST_CASE("the first retry comes at once, the others by a bound that doubles up to a minute") {
  CHECK(longest_after(0) < 100ms);
  const Duration second = longest_after(1);
  CHECK(second < 1s);
  CHECK(second > 500ms);
  const Duration third = longest_after(2);
  CHECK(third < 2s);
  CHECK(third > 1s);
  const Duration hundredth = longest_after(99);
  CHECK(hundredth < 60s);
  CHECK(hundredth > 30s);
}

TEST_CASE("who served is dialled again at once, and five minutes forget the failures") {
  Backoff backoff(default_limits);
  for (int failed = 0; failed < 20; ++failed)
    backoff.next(never_served);
  CHECK(backoff.next(10s) < 100ms);
  CHECK(backoff.failures() == 20);
  CHECK(backoff.next(5min) < 100ms);
  CHECK(backoff.failures() == 1);
  // The next one is the second in a row.
  CHECK(backoff.next(never_served) < 1s);
}

TEST_CASE("the very first connection that served for a while counts as a failure when it ends") {
  Backoff backoff(default_limits);
  CHECK(backoff.next(10s) < 100ms);
  CHECK(backoff.failures() == 1);
}

TEST_CASE("a refusing edge: any time within 3 s, then every 3 s, then seldom") {
  Duration longest{};
  for (int i = 0; i < 200; ++i) {
    Backoff backoff(default_limits);
    const Duration first = backoff.refused();
    CHECK(first < 3s);
    longest = std::max(longest, first);
    CHECK(backoff.refused() == 3s);
  }
  CHECK(longest > 2s);
  Backoff backoff(default_limits);
  std::vector<Duration> delays;
  for (int i = 0; i < 300; ++i)
    delays.push_back(backoff.refused());
  CHECK(delays[199] == 3s);
  CHECK(*std::max_element(delays.begin() + 200, delays.end()) > 30s);
  // Another end in between: the phase is drawn anew.
  backoff.next(never_served);
  CHECK(backoff.refused() < 3s);
}
