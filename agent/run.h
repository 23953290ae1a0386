#pragma once

#include "agent/options.h"

namespace outhaul::agent {

/// `outhaul run`: serves the tunnel until a signal or a permanent refusal. Returns an exit code of
/// exit_codes.h.
int run_agent(const AgentOptions& options);

}  // namespace outhaul::agent
