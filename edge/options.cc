#include "edge/options.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include <unistd.h>

#include "common/options/access_log_options.h"
#include "common/options/limit_options.h"
#include "common/options/liveness_options.h"
#include "common/options/value_syntax.h"
#include "common/tunnel/listen_address.h"
#include "common/tunnel/session_fields.h"
#include "edge/option_table.h"

namespace outhaul::edge {
namespace {

using options::Problems;
using options::Values;

constexpr std::string_view unix_prefix = "unix:";
constexpr std::string_view service_query = "service=";

Error invalid(std::string_view text, std::string_view problem) {
  return Error{ErrorKind::invalid, options::in_quotes(text) + ": " + std::string(problem)};
}

void read_listeners(const Values& values, ServeOptions& options, Problems& problems) {
  const auto agents = values.list("agent-listen");
  for (std::size_t i = 0; i < agents.size(); ++i) {
    if (auto address = tunnel::parse_listen_address(agents[i])) {
      options.agent_listen.push_back(*address);
    } else {
      problems.push_back(values.problem("agent-listen", address.error().message, i));
    }
  }
  const auto clients = values.list("binding-listen");
  for (std::size_t i = 0; i < clients.size(); ++i) {
    if (auto listen = BindingListen::parse(clients[i])) {
      options.binding_listen.push_back(std::move(*listen));
    } else {
      problems.push_back(values.problem("binding-listen", listen.error().message, i));
    }
  }
  for (const std::string_view name : {"agent-listen", "binding-listen"}) {
    if (values.list(name).empty()) problems.push_back(values.problem(name, "the list is empty"));
  }
}

bool is_any_address(const IpAddress& address) {
  const Bytes bytes = address.bytes();
  return std::all_of(bytes.begin(), bytes.end(),
                     [](std::byte byte) { return byte == std::byte{0}; });
}

/// Where no name was given. A machine whose name is no host name is known by address only.
std::vector<tunnel::EdgeAddress> default_public_names(
    const std::vector<net::SocketAddress>& listeners) {
  std::array<char, 256> machine{};
  ::gethostname(machine.data(), machine.size() - 1);
  std::vector<tunnel::EdgeAddress> names;
  for (const net::SocketAddress& listener : listeners) {
    if (!is_any_address(listener.ip())) {
      names.push_back({listener.ip().to_string(), listener.port()});
      continue;
    }
    const std::string port = ":" + std::to_string(listener.port());
    if (auto name = tunnel::EdgeAddress::parse(machine.data() + port)) names.push_back(*name);
    names.push_back({"127.0.0.1", listener.port()});
  }
  return names;
}

void read_public_names(const Values& values, ServeOptions& options, Problems& problems) {
  const auto names = values.list("public-name");
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (auto name = tunnel::EdgeAddress::parse(names[i])) {
      options.public_names.push_back(std::move(*name));
    } else {
      problems.push_back(values.problem(
          "public-name", options::in_quotes(names[i]) + ": " + name.error().message, i));
    }
  }
  if (names.empty()) options.public_names = default_public_names(options.agent_listen);
}

std::chrono::seconds seconds_of(const Values& values, std::string_view name) {
  return std::chrono::duration_cast<std::chrono::seconds>(values.duration(name));
}

/// One number is the rate, ten times as many may come at once.
void set_reset_rate(const Values& values, std::string_view name, RateLimit& limit) {
  limit.count = static_cast<std::uint32_t>(values.integer(name));
  limit.burst = 10 * limit.count;
}

Limits read_limits(const Values& values) {
  Limits limits;
  limits.grace_period = seconds_of(values, "grace-period");
  limits.setup_stage = seconds_of(values, "setup-timeout");
  limits.connection_life = seconds_of(values, "connection-life");
  limits.hold_time = seconds_of(values, "hold-time");
  limits.header_block_time = seconds_of(values, "header-timeout");
  limits.origin_idle_read = seconds_of(values, "client-stall-timeout");
  limits.streams_per_connection = static_cast<std::uint32_t>(values.integer("client-streams"));
  set_reset_rate(values, "client-resets", limits.peer_resets);
  set_reset_rate(values, "client-caused-resets", limits.caused_resets);
  options::read_http_limits(values, limits);
  options::read_liveness(values, limits);
  return limits;
}

ClientLimits read_client_limits(const Values& values) {
  ClientLimits limits;
  limits.connections = static_cast<std::size_t>(values.integer("client-connections"));
  limits.idle = seconds_of(values, "client-idle-timeout");
  limits.http2_idle = seconds_of(values, "client-http2-idle-timeout");
  return limits;
}

AgentLimits read_agent_limits(const Values& values) {
  AgentLimits limits;
  limits.half_open = static_cast<std::size_t>(values.integer("agent-setups"));
  limits.connections_per_tunnel =
      static_cast<std::size_t>(values.integer("connections-per-tunnel"));
  limits.suspect_quiet = values.duration("suspect-quiet");
  limits.suspect_answer = values.duration("suspect-answer");
  return limits;
}

LogFormat read_log_format(std::string_view text) {
  if (text == "human") return LogFormat::human;
  return text == "json" ? LogFormat::json : LogFormat::automatic;
}

constexpr std::array<std::pair<std::string_view, AdminAction>, 17> admin_actions = {{
    {"tunnel create", AdminAction::tunnel_create},
    {"tunnel list", AdminAction::tunnel_list},
    {"tunnel delete", AdminAction::tunnel_delete},
    {"tunnel rotate", AdminAction::tunnel_rotate},
    {"tunnel keys", AdminAction::tunnel_keys},
    {"tunnel revoke", AdminAction::tunnel_revoke},
    {"tunnel disable", AdminAction::tunnel_disable},
    {"tunnel enable", AdminAction::tunnel_enable},
    {"service create", AdminAction::service_create},
    {"service list", AdminAction::service_list},
    {"service get", AdminAction::service_get},
    {"service delete", AdminAction::service_delete},
    {"binding create", AdminAction::binding_create},
    {"binding list", AdminAction::binding_list},
    {"binding delete", AdminAction::binding_delete},
    {"status", AdminAction::status},
    {"drain", AdminAction::drain},
}};

}  // namespace

std::filesystem::path admin_socket_path(const Values& values) {
  if (values.has("admin-socket")) return values.path("admin-socket");
  return values.path("data-dir") / "admin.sock";
}

Result<BindingListen> BindingListen::parse(std::string_view text) {
  BindingListen listen;
  const std::size_t question = text.find('?');
  if (question != std::string_view::npos) {
    const std::string_view query = text.substr(question + 1);
    if (!query.starts_with(service_query) || query.size() == service_query.size()) {
      return invalid(text, "after the question mark comes service=NAME");
    }
    listen.service = query.substr(service_query.size());
  }
  const std::string_view where = text.substr(0, question);
  auto address = where.starts_with(unix_prefix)
                     ? net::SocketAddress::unix_path(where.substr(unix_prefix.size()))
                     : tunnel::parse_listen_address(where);
  if (!address) {
    if (!where.starts_with(unix_prefix)) return std::move(address.error());
    return invalid(text, address.error().message);
  }
  if (where == unix_prefix) return invalid(text, "the path is empty; write unix:/run/edge.sock");
  listen.address = *address;
  return listen;
}

ServeOptions read_serve_options(const Values& values, Problems& problems) {
  ServeOptions options;
  options.data_dir = values.path("data-dir");
  options.admin_socket = admin_socket_path(values);
  if (auto socket = net::SocketAddress::unix_path(options.admin_socket.string()); !socket) {
    problems.push_back(values.problem(values.has("admin-socket") ? "admin-socket" : "data-dir",
                                      socket.error().message));
  }
  read_listeners(values, options, problems);
  read_public_names(values, options, problems);
  if (values.has("certificate") != values.has("key")) {
    const bool has_key = values.has("key");
    problems.push_back(
        values.problem(has_key ? "key" : "certificate",
                       has_key ? "give --certificate FILE too" : "give --key FILE too"));
  }
  options.zone = values.text("zone");
  if (!options.zone.empty()) {
    if (const auto zone = tunnel::check_zone(options.zone); !zone) {
      problems.push_back(values.problem("zone", zone.error().message));
    }
  }
  options.certificate = values.path("certificate");
  options.key = values.path("key");
  // One of the option's choices, which are all of them.
  options.log_level = parse_log_level(values.text("log-level")).value();
  options.log_format = read_log_format(values.text("log-format"));
  options.access_log = options::read_access_log_rules(values);
  options.limits = read_limits(values);
  options.trust_forwarded = values.boolean("trust-forwarded");
  options.drain_delay = values.duration("drain-delay");
  options.ready_wait = values.duration("ready-wait");
  options.client_limits = read_client_limits(values);
  options.agent_limits = read_agent_limits(values);
  if (auto status = tunnel::parse_status_listen(values.list("status-listen"), status_directory)) {
    options.status_listen = std::move(*status);
  } else {
    problems.push_back(values.problem("status-listen", status.error().message));
  }
  return options;
}

void check_files(const Values& values, Problems& problems) {
  for (const std::string_view name : {"certificate", "key"}) {
    if (!values.has(name)) continue;
    const std::string path = values.path(name).string();
    if (std::filesystem::is_directory(path)) {
      problems.push_back(values.problem(name, path + " is a directory; name a PEM file"));
    } else if (::access(path.c_str(), R_OK) != 0) {
      const Error reason = system_error(errno, "cannot read " + path);
      problems.push_back(values.problem(name, reason.message + "; check the path and its mode"));
    }
  }
}

AdminCommand read_admin_command(const options::Invocation& invocation) {
  const std::string& path = invocation.command->path;
  const auto found = std::find_if(admin_actions.begin(), admin_actions.end(),
                                  [&](const auto& entry) { return entry.first == path; });
  if (found == admin_actions.end()) throw std::logic_error("no action for the command " + path);
  AdminCommand command;
  command.action = found->second;
  if (!invocation.positionals.empty()) command.subject = invocation.positionals.front();
  if (command.action == AdminAction::tunnel_revoke) command.key = invocation.positionals.at(1);
  const Values& values = invocation.values;
  if (command.action == AdminAction::service_create) command.file = values.path("file");
  command.json = values.boolean("json");
  command.data_dir = values.path("data-dir");
  command.admin_socket = admin_socket_path(values);
  return command;
}

}  // namespace outhaul::edge
