#pragma once

#include "agent/diagnose/diagnosis.h"
#include "agent/diagnose/diagnosis_options.h"
#include "common/async/loop.h"
#include "common/async/task.h"

namespace outhaul::agent {

// Both go the agent's way with the agent's own parts and stop at the first step that fails. The
// references must outlive the tasks.

/// Policy, DNS, and policy on each address.
Task<void> walk_to_addresses(Loop& loop, const DiagnosisOptions& options, Diagnosis& diagnosis);

/// On to TCP, TLS and HTTP, as far as the service has them.
Task<void> walk_to_service(Loop& loop, const DiagnosisOptions& options, Diagnosis& diagnosis);

}  // namespace outhaul::agent
