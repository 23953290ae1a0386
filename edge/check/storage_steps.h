#pragma once

#include <optional>

#include "edge/check/directory_view.h"
#include "edge/check/report.h"
#include "edge/options.h"

namespace outhaul::edge::check {

/// The edge that runs here, as far as its admin socket tells.
struct RunningEdge {
  /// 0: the kernel does not say (another PID namespace).
  int process = 0;
  unsigned user = 0;
};

/// Whether an edge answers at the admin socket. Skipped when there is none.
Step check_admin_socket(const ServeOptions& options, std::optional<RunningEdge>& running);

/// The data directory and the files in it: owner, modes, room. Nothing is made or changed.
Step check_data_directory(const ServeOptions& options, const std::optional<RunningEdge>& running);

/// The database: asks the running edge, or opens the file, which nobody else may hold then. Puts
/// what is in it into `view`.
Step check_database(const ServeOptions& options, const std::optional<RunningEdge>& running,
                    std::optional<DirectoryView>& view);

}  // namespace outhaul::edge::check
