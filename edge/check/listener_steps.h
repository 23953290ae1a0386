#pragma once

#include <optional>
#include <vector>

#include "edge/check/directory_view.h"
#include "edge/check/report.h"
#include "edge/options.h"

namespace outhaul::edge::check {

/// Each address where the edge listens: free, or held by the edge that runs. `view` is of that
/// one, or of the directory's file.
std::vector<Step> check_listeners(const ServeOptions& options, bool running,
                                  const std::optional<DirectoryView>& view);

}  // namespace outhaul::edge::check
