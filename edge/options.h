#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/access_log.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/base/result.h"
#include "common/http/status_pages.h"
#include "common/net/socket_address.h"
#include "common/options/command_line.h"
#include "common/options/problem.h"
#include "common/tunnel/edge_address.h"
#include "edge/agents/agent_limits.h"
#include "edge/bindings/client_limits.h"

namespace outhaul::edge {

/// Where clients connect.
struct BindingListen {
  net::SocketAddress address;
  /// Name or id of the one service that this listener serves. Empty: the request names it.
  std::string service;

  /// ADDRESS:PORT or unix:PATH, each with an optional ?service=NAME. Error kind `invalid`.
  static Result<BindingListen> parse(std::string_view text);
};

/// Everything that `outhaul-edge serve` was told, checked.
struct ServeOptions {
  std::filesystem::path data_dir;
  std::filesystem::path admin_socket;
  /// At least one of each.
  std::vector<net::SocketAddress> agent_listen;
  std::vector<BindingListen> binding_listen;
  /// The names under which agents reach this edge, at least one: accepted in Host, and written into
  /// tokens. Without --public-name: for each agent listener its address, or, where it listens on
  /// every address, the name of the machine and 127.0.0.1.
  std::vector<tunnel::EdgeAddress> public_names;
  /// Where this edge stands; empty: all agents are equally near.
  std::string zone;
  /// Both, or both empty: the edge makes its own development CA.
  std::filesystem::path certificate;
  std::filesystem::path key;
  /// May be nowhere.
  http::StatusListening status_listen;
  /// Clients are proxies that tell the truth in Forwarded and X-Forwarded-*.
  bool trust_forwarded = false;
  /// After SIGTERM the edge goes on as before for so long, so that load balancers can notice.
  std::chrono::milliseconds drain_delay{0};
  /// So long after the start a tunnel without an agent makes the edge not ready.
  std::chrono::milliseconds ready_wait{0};
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::automatic;
  AccessLogRules access_log;
  /// The defaults with what the options changed.
  Limits limits;
  ClientLimits client_limits;
  AgentLimits agent_limits;
};

enum class AdminAction : std::uint8_t {
  tunnel_create,
  tunnel_list,
  tunnel_delete,
  tunnel_rotate,
  tunnel_keys,
  tunnel_revoke,
  tunnel_disable,
  tunnel_enable,
  service_create,
  service_list,
  service_get,
  service_delete,
  binding_create,
  binding_list,
  binding_delete,
  status,
  drain,
};

/// A command for the running edge, or for its directory when none runs.
struct AdminCommand {
  AdminAction action = AdminAction::tunnel_list;
  /// Name of a new tunnel, service of a new binding, or name or id of what to get or delete. Empty
  /// for the rest.
  std::string subject;
  /// Of tunnel_revoke: the first digits of the key. Empty for the rest.
  std::string key;
  /// The JSON of a new service; "-" is standard input. Empty for the rest.
  std::filesystem::path file;
  /// Print JSON instead of text for people.
  bool json = false;
  std::filesystem::path data_dir;
  std::filesystem::path admin_socket;
};

/// Of a command that has the options of the storage.
std::filesystem::path admin_socket_path(const options::Values& values);

/// Problems name the flag, variable or key.
ServeOptions read_serve_options(const options::Values& values, options::Problems& problems);

/// Whether certificate and key can be read; the exit code is exit_configuration.
void check_files(const options::Values& values, options::Problems& problems);

/// For the commands that carry out one call: not serve, connect and version.
AdminCommand read_admin_command(const options::Invocation& invocation);

}  // namespace outhaul::edge
