#pragma once

#include <chrono>
#include <optional>

#include "agent/diagnose/setup/report.h"
#include "agent/reach/reach_options.h"
#include "agent/settings/configuration.h"
#include "common/async/loop.h"
#include "common/async/task.h"

namespace outhaul::agent::setup {

// The steps of a check that need no edge.

/// Reads the configuration as `run` does; all problems are advice.
Step check_configuration(const ConfigurationSource& source, ConfigurationSource::Loaded& loaded);

/// Reads the token into `options`, which edges and TLS need. The report tells mode and owner of the
/// file and what the token is for, never the secret.
Step check_token(const options::Values& values, AgentOptions& options);

/// What an edge says about the time, if one did.
struct EdgeTime {
  std::chrono::system_clock::time_point said;
  std::chrono::system_clock::time_point read_at;
};

/// This machine's clock against what cannot be and against the clock of an edge.
Step check_clock(const std::optional<EdgeTime>& edge);

/// Asks each server of resolv.conf for the first edge that has a name. `options` outlives the task.
Task<Step> check_dns(Loop& loop, const AgentOptions& options);

/// The proxy on the way out, and where its name comes from. Whether it works, the edges' steps
/// tell.
Step check_proxy(const ReachOptions& reach);

/// Root may read what the service's group may, as the service does: joins the group of the user
/// `outhaul` when there is one. No effect for anybody else.
void join_service_group();

}  // namespace outhaul::agent::setup
