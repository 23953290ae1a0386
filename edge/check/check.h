#pragma once

#include <string>

#include "edge/check/report.h"
#include "edge/settings/configuration.h"

namespace outhaul::edge::check {

/// What the service of the package runs with.
struct ServiceConfiguration {
  ConfigurationSource source;
  /// The unit's environment file, which is in `source`; empty without one.
  std::string environment_file;
};

/// Looks at everything that an edge needs, as `outhaul-edge serve` would use it, and asks the edge
/// that runs, if one does. Changes nothing. Blocks, for DNS and the running edge's answers.
Report check_setup(const ServiceConfiguration& service);

}  // namespace outhaul::edge::check
