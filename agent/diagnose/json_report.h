#pragma once

#include <string>

#include "agent/diagnose/diagnosis.h"
#include "agent/diagnose/diagnosis_options.h"

namespace outhaul::agent {

// One JSON object on one line each, with a final newline. Keys whose value is unknown are absent;
// times are milliseconds with fractions, TTLs seconds.

/// {"target", "service"?, "time_ms", "steps", "servers", "asked"?, "srv"?, "name"?, "families",
///  "addresses", "would_refuse"?, "failure"?, "warnings"}
std::string resolve_json(const DiagnosisOptions& options, const Diagnosis& diagnosis);

/// The same with {"scheme", "reachable", "status"?, "note"?} and without "time_ms".
std::string check_json(const DiagnosisOptions& options, const Diagnosis& diagnosis);

}  // namespace outhaul::agent
