#pragma once

#include <vector>

#include "edge/check/directory_view.h"
#include "edge/check/report.h"

namespace outhaul::edge::check {

/// What can be said of tunnels, services and bindings: a step for each tunnel, one for the services
/// that nobody can reach now, one for the bindings.
std::vector<Step> check_directory(const DirectoryView& view);

}  // namespace outhaul::edge::check
