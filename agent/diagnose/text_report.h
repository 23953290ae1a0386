#pragma once

#include <string>

#include "agent/diagnose/diagnosis.h"
#include "agent/diagnose/diagnosis_options.h"

namespace outhaul::agent {

/// What `resolve` prints for people: what each family gave, then each address with its verdict.
std::string resolve_text(const DiagnosisOptions& options, const Diagnosis& diagnosis);

/// What `check service` prints for people: a line for each step, then where and why it stops.
std::string check_text(const DiagnosisOptions& options, const Diagnosis& diagnosis);

}  // namespace outhaul::agent
