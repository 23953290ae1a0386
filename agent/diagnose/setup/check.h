#pragma once

#include <functional>
#include <string>

#include "agent/diagnose/setup/report.h"
#include "agent/settings/configuration.h"

namespace outhaul::agent::setup {

/// Told what is being looked at, for people who wait; may be empty.
using Progress = std::function<void(const std::string& what)>;

/// Looks at the whole set-up as `outhaul run` would use it: what is on this machine, then every
/// address of every edge, all at a time. Takes at most some 5 seconds a stage. A service that runs
/// is not touched: the check dials as an agent of its own, by connections that carry no request.
Report check_setup(const ConfigurationSource& source, const Progress& progress);

}  // namespace outhaul::agent::setup
