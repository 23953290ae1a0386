#pragma once

#include <cstdint>

namespace outhaul::agent {

/// What one service has in use at this agent, for the caps of its settings. Shared by all
/// descriptors of the service.
struct ServiceUse {
  /// Requests under way, TCP and WebSocket streams included.
  std::uint32_t requests = 0;
  /// Origin connections, idle ones and those that are being dialled included.
  std::uint32_t connections = 0;
};

}  // namespace outhaul::agent
