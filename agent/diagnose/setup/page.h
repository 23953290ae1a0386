#pragma once

#include <string>

#include "agent/diagnose/setup/report.h"
#include "common/diagnosis/step_page.h"

namespace outhaul::agent::setup {

using diagnosis::Colour;

/// What `outhaul check` prints for people: at most 80 columns, each step with its state and time,
/// advice below what needs it, and a last line that says how it went.
std::string page_text(const Report& report, Colour colour);

/// One JSON object on one line:
/// {"ok", "version", "tunnel", "failed", "warnings", "time_ms",
///  "steps": [{"step", "state", "time_ms"?, "detail"?, "advice"?: [...]}],
///  "edges": [{"edge", "resolve": step, "addresses": [{"address", "steps": [...]}]}]}
std::string page_json(const Report& report);

}  // namespace outhaul::agent::setup
