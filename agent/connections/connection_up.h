#pragma once

#include <cstdint>
#include <string>

#include "common/base/log.h"

namespace outhaul::agent {

/// What the log says of a connection that serves now.
struct ConnectionUp {
  /// Who the edge is, and where, if SRV records led to another name.
  std::string edge;
  std::string target;
  std::string edge_name;
  std::string connection;
  std::uint32_t slot = 0;
  /// Of the edge, or of the proxy.
  std::string address;
  /// Empty: none.
  std::string proxy;
  double setup_ms = 0;
};

void log_connection_up(Log& log, const ConnectionUp& up);

}  // namespace outhaul::agent
