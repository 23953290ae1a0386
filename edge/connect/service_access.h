#pragma once

#include "common/base/result.h"
#include "edge/connect/edge_tunnel.h"
#include "edge/connect_options.h"

namespace outhaul::edge {

/// Reads the token and looks a service's name up: by the admin socket of the running edge, else in
/// the data directory. Blocks. Error kind `denied`: there is no such service.
Result<ServiceAccess> find_service_access(const ConnectOptions& options);

}  // namespace outhaul::edge
