#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "edge/check/check.h"
#include "edge/check/report.h"
#include "edge/check/storage_steps.h"
#include "edge/options.h"
#include "edge/settings/configuration.h"

namespace outhaul::edge::check {

/// Reads the configuration as `serve` does; all problems are advice.
Step check_configuration(const ServiceConfiguration& service, ConfigurationSource::Loaded& loaded);

/// The limit of open files against what clients and agents may take: of the running edge, else the
/// one that a start from here would have.
Step check_open_files(const ServeOptions& options, const std::optional<RunningEdge>& running);

/// Whether each name under which agents reach this edge leads anywhere. Asks DNS, blocking.
std::vector<Step> check_public_names(const ServeOptions& options);

}  // namespace outhaul::edge::check
