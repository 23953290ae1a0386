#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/timer.h"

namespace outhaul::agent::setup {

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
  /// "configuration", "token"..., of an address "tcp", "tls", "setup", "http2", "ping".
  std::string name;
  State state = State::skipped;
  /// Unless it was skipped.
  std::optional<Duration> time{};
  /// What was found; one line, no secret.
  std::string detail{};
  /// What to do about it, a sentence each. None when all is well.
  std::vector<std::string> advice{};
};

struct AddressReport {
  std::string address;
  std::vector<Step> steps;

  bool all_ok() const;
};

struct EdgeReport {
  std::string edge;
  /// From the name to addresses.
  Step resolving;
  std::vector<AddressReport> addresses{};
};

/// What `outhaul check` found.
struct Report {
  /// Empty when not even that is known.
  std::string tunnel;
  /// Of this machine, in order.
  std::vector<Step> steps;
  std::vector<EdgeReport> edges;
  Duration time{};

  std::size_t count(State state) const;
  bool ok() const { return count(State::failed) == 0; }
  /// The step of this machine with that name; must exist.
  Step& step(std::string_view name);
};

}  // namespace outhaul::agent::setup
