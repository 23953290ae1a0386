#pragma once

#include "edge/check/report.h"
#include "edge/settings/configuration.h"

namespace outhaul::edge::check {

/// Looks at everything that an edge needs, as `outhaul-edge serve` would use it, and asks the edge
/// that runs, if one does. Changes nothing. Blocks, for DNS and the running edge's answers.
Report check_setup(const ConfigurationSource& source);

}  // namespace outhaul::edge::check
