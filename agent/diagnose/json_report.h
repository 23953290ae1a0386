#pragma once

#include <string>

#include "agent/diagnose/diagnosis.h"
#include "agent/diagnose/diagnosis_options.h"

namespace outhaul::agent {

// One JSON object on one line each, with a final newline. Keys whose value is unknown are absent;
// times are milliseconds with fractions, TTLs seconds.

/// {"target", "service"?, "servers", "time_ms", "families", "addresses", "failure"?, "warnings"}
std::string resolve_json(const DiagnosisOptions& options, const Diagnosis& diagnosis);

/// {"target", "service"?, "scheme", "reachable", "steps", "servers", "families", "addresses",
///  "status"?, "note"?, "failure"?, "warnings"}
std::string check_json(const DiagnosisOptions& options, const Diagnosis& diagnosis);

}  // namespace outhaul::agent
