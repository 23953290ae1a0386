#pragma once

#include <cstddef>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "tests/support/failing_allocation.h"

namespace outhaul::testing {

/// More than any action here allocates; one that needs so many would take minutes.
inline constexpr std::size_t most_allocations = 20000;

/// What a run said; nothing when std::bad_alloc came out of it.
template <typename Action>
std::optional<std::string> run_catching(Action& action) {
  try {
    return std::optional<std::string>(action());
  } catch (const std::bad_alloc&) {
    return std::nullopt;
  }
}

/// Runs `action`, which returns what came of it as text, once for each of its allocations, with
/// that one failing. Each time one of three things must happen: std::bad_alloc comes out, or the
/// action says `refused(text)`, or it says what it says when nothing fails. Nothing may leak.
/// Returns how many allocations there were.
template <typename Action, typename Refused>
std::size_t fail_each_allocation(Allocator allocator, Action action, Refused refused) {
  // Twice: what is kept from call to call (free lists, caches of libraries) is there afterwards.
  static_cast<void>(action());
  const std::string usual = action();
  std::size_t leaks = 0;
  std::size_t unexpected = 0;
  std::string unexpected_text;
  for (std::size_t successes = 0; successes < most_allocations; ++successes) {
    std::optional<std::string> outcome;
    bool happened = false;
    const std::ptrdiff_t live_before = live_allocations();
    {
      const FailingAllocation failing(allocator, successes);
      outcome = run_catching(action);
      happened = failing.happened();
    }
    if (outcome && *outcome != usual && !refused(*outcome)) {
      ++unexpected;
      unexpected_text = std::exchange(*outcome, {});
    }
    outcome.reset();
    if (live_allocations() > live_before) ++leaks;
    if (happened) continue;
    CHECK(leaks == 0);
    INFO("usually: ", usual, "; with a failure also: ", unexpected_text);
    CHECK(unexpected == 0);
    return successes;
  }
  FAIL("the action allocates without end");
  return 0;
}

}  // namespace outhaul::testing
