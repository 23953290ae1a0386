#pragma once

#include "agent/settings/configuration.h"

namespace outhaul::agent {

/// `outhaul run`: serves the tunnel until a signal or a permanent refusal. Returns an exit code of
/// exit_codes.h.
/// `source` is where `configuration` came from, and comes from when it changes.
int run_agent(const ConfigurationSource& source, const Configuration& configuration);

}  // namespace outhaul::agent
