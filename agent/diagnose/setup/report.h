#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/timer.h"
#include "common/diagnosis/step.h"

namespace outhaul::agent::setup {

using diagnosis::State;
using diagnosis::Step;

struct AddressReport {
  std::string address;
  /// "tcp", "tls", "setup", "http2", "ping".
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
