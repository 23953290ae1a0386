#pragma once

#include <cstddef>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

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
    bool happened = false;
    bool leaked = true;
    // What a free list takes in once is no leak: that would happen again.
    for (int i = 0; i < 2 && leaked; ++i) {
      std::optional<std::string> outcome;
      const std::ptrdiff_t live_before = live_allocations();
      {
        const FailingAllocation failing(allocator, successes);
        outcome = run_catching(action);
        happened = failing.happened();
      }
      if (outcome && *outcome != usual && !refused(*outcome)) {
        ++unexpected;
        unexpected_text.swap(*outcome);
      }
      outcome.reset();
      leaked = live_allocations() > live_before;
    }
    if (leaked) ++leaks;
    if (happened) continue;
    CHECK(leaks == 0);
    INFO("usually: ", usual, "; with a failure also: ", unexpected_text);
    CHECK(unexpected == 0);
    return successes;
  }
  FAIL("the action allocates without end");
  return 0;
}

/// The same for an action over nlohmann-json, each time in a process of its own: that library's
/// destructor allocates, and so a failure there ends the program in std::terminate. Nothing else
/// may (a crash, say), and what std::terminate ended does not count as unexpected.
template <typename Action, typename Refused>
std::size_t fail_each_allocation_of_json(Action action, Refused refused) {
  constexpr int as_it_should = 40;
  constexpr int terminated = 41;
  constexpr int unexpected = 42;
  constexpr int leaked = 43;
  constexpr int never_failed = 44;
  static_cast<void>(action());
  const std::string usual = action();
  for (std::size_t successes = 0; successes < most_allocations; ++successes) {
    const pid_t child = fork();
    if (child == 0) {
      std::set_terminate([] { _exit(terminated); });
      const std::ptrdiff_t live_before = live_allocations();
      std::optional<std::string> outcome;
      bool happened = false;
      {
        const FailingAllocation failing(Allocator::malloc, successes);
        outcome = run_catching(action);
        happened = failing.happened();
      }
      if (!happened) _exit(never_failed);
      if (outcome && *outcome != usual && !refused(*outcome)) _exit(unexpected);
      outcome.reset();
      _exit(live_allocations() > live_before ? leaked : as_it_should);
    }
    REQUIRE(child > 0);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code == never_failed) return successes;
    INFO("allocation number ", successes, " failed; wait status ", status);
    CHECK((code == as_it_should || code == terminated));
  }
  FAIL("the action allocates without end");
  return 0;
}

}  // namespace outhaul::testing
