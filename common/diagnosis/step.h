#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/timer.h"

namespace outhaul::diagnosis {

enum class State : std::uint8_t {
  skipped,  ///< a step before it failed, or there is nothing to look at
  ok,
  warning,  ///< works, but somebody should look at it
  failed,
};

/// "ok", "warning", "failed", "skipped".
std::string_view to_string(State state);

/// One thing that was looked at.
struct Step {
  /// In one or two words: "configuration", "token"...
  std::string name;
  State state = State::skipped;
  /// Unless it was skipped.
  std::optional<Duration> time{};
  /// What was found; one line, no secret.
  std::string detail{};
  /// What to do about it, a sentence each. None when all is well.
  std::vector<std::string> advice{};

  /// Adds to what was found, and what to do about it. A step that has failed does not become better
  /// by a later warning.
  void warn(std::string_view found, std::string what_to_do) {
    worsen(State::warning, found, std::move(what_to_do));
  }
  void fail(std::string_view found, std::string what_to_do) {
    worsen(State::failed, found, std::move(what_to_do));
  }

 private:
  void worsen(State to, std::string_view found, std::string what_to_do);
};

std::size_t count(std::span<const Step> steps, State state);

/// Of one step.
class Stopwatch {
 public:
  Duration read() const { return LoopClock::now() - began_; }

 private:
  TimePoint began_ = LoopClock::now();
};

}  // namespace outhaul::diagnosis
