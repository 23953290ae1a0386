#pragma once

#include <string>

#include "agent/diagnose/diagnosis.h"
#include "agent/diagnose/diagnosis_options.h"

namespace outhaul::agent {

/// One sentence on what to do about the failure, or about an answer that hints at a wrong setting.
/// Empty when there is nothing to say.
std::string advice_for(const DiagnosisOptions& options, const Diagnosis& diagnosis);

}  // namespace outhaul::agent
