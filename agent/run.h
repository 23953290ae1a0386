#pragma once

#include "agent/settings/configuration.h"
#include "agent/upgrade/in_place_upgrade.h"

namespace outhaul::agent {

/// `outhaul run`: serves the tunnel until a signal or a permanent refusal. Returns an exit code of
/// exit_codes.h.
/// `source` is where `configuration` came from, and comes from when it changes. `program` is what
/// an upgrade in place starts.
int run_agent(const ConfigurationSource& source, const Configuration& configuration,
              Program program);

}  // namespace outhaul::agent
