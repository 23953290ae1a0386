#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/async/timer.h"
#include "common/diagnosis/step.h"
#include "common/diagnosis/step_page.h"

namespace outhaul::edge::check {

using diagnosis::State;
using diagnosis::Step;

/// Steps that belong together.
struct Section {
  /// In JSON.
  std::string key;
  /// For people; empty: the machine's, right below the first line.
  std::string title;
  std::vector<Step> steps;
};

/// What `outhaul-edge check` found.
struct Report {
  bool running = false;
  std::vector<Section> sections;
  Duration time{};

  std::size_t count(State state) const;
  bool ok() const { return count(State::failed) == 0; }
};

/// At most 80 columns, as `outhaul check` has it.
std::string page_text(const Report& report, diagnosis::Colour colour);

/// One JSON object on one line: {"ok", "version", "running", "failed", "warnings", "time_ms",
/// "steps": [...], "listeners": [...], "names": [...], "directory": [...]}; steps as in
/// step_page.h.
std::string page_json(const Report& report);

}  // namespace outhaul::edge::check
