#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "common/base/result.h"
#include "common/net/socket_address.h"
#include "common/options/command_line.h"

namespace outhaul::edge {

/// What `outhaul-edge connect` was told, checked.
struct ConnectOptions {
  /// Name or id. A name is looked up by the admin socket or in the data directory.
  std::string service;
  /// A binding listener of the edge.
  net::SocketAddress edge;
  /// Where programs connect; nothing: one connection over standard input and output.
  std::optional<net::SocketAddress> listen;
  /// Holds the token of a binding. Empty: the edge's listener is bound to the service.
  std::filesystem::path token_file;
  std::filesystem::path data_dir;
  std::filesystem::path admin_socket;
};

/// Errors name the flag or variable; the exit code is exit_usage.
Result<ConnectOptions> read_connect_options(const options::Invocation& invocation);

}  // namespace outhaul::edge
