#include "edge/options.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include <unistd.h>

#include "common/options/access_log_options.h"
#include "common/options/value_syntax.h"
#include "common/tunnel/port.h"

namespace outhaul::edge {
namespace {

using options::Values;

constexpr std::string_view unix_prefix = "unix:";
constexpr std::string_view service_query = "service=";

Error invalid(std::string_view text, std::string_view problem) {
  return Error{ErrorKind::invalid, options::in_quotes(text) + ": " + std::string(problem)};
}

Result<void> read_listeners(const Values& values, ServeOptions& options) {
  for (const std::string& text : values.list("agent-listen")) {
    auto address = parse_listen_address(text);
    if (!address) return values.error("agent-listen", address.error().message);
    options.agent_listen.push_back(*address);
  }
  for (const std::string& text : values.list("binding-listen")) {
    auto listen = BindingListen::parse(text);
    if (!listen) return values.error("binding-listen", listen.error().message);
    options.binding_listen.push_back(std::move(*listen));
  }
  if (options.agent_listen.empty()) return values.error("agent-listen", "the list is empty");
  if (options.binding_listen.empty()) return values.error("binding-listen", "the list is empty");
  return {};
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

Result<void> read_public_names(const Values& values, ServeOptions& options) {
  for (const std::string& text : values.list("public-name")) {
    auto name = tunnel::EdgeAddress::parse(text);
    if (!name) {
      return values.error("public-name", options::in_quotes(text) + ": " + name.error().message);
    }
    options.public_names.push_back(std::move(*name));
  }
  if (options.public_names.empty()) {
    options.public_names = default_public_names(options.agent_listen);
  }
  return {};
}

std::chrono::seconds seconds_of(const Values& values, std::string_view name) {
  return std::chrono::duration_cast<std::chrono::seconds>(values.duration(name));
}

Limits read_limits(const Values& values) {
  Limits limits;
  limits.grace_period = seconds_of(values, "grace-period");
  limits.setup_stage = seconds_of(values, "setup-timeout");
  limits.ping_interval = seconds_of(values, "ping-interval");
  limits.connection_life = seconds_of(values, "connection-life");
  limits.hold_time = seconds_of(values, "hold-time");
  limits.header_block_time = seconds_of(values, "header-timeout");
  return limits;
}

LogFormat read_log_format(std::string_view text) {
  if (text == "human") return LogFormat::human;
  return text == "json" ? LogFormat::json : LogFormat::automatic;
}

constexpr std::array<std::pair<std::string_view, AdminAction>, 10> admin_actions = {{
    {"tunnel create", AdminAction::tunnel_create},
    {"tunnel list", AdminAction::tunnel_list},
    {"tunnel delete", AdminAction::tunnel_delete},
    {"service create", AdminAction::service_create},
    {"service list", AdminAction::service_list},
    {"service get", AdminAction::service_get},
    {"service delete", AdminAction::service_delete},
    {"binding create", AdminAction::binding_create},
    {"binding list", AdminAction::binding_list},
    {"binding delete", AdminAction::binding_delete},
}};

}  // namespace

std::filesystem::path admin_socket_path(const Values& values) {
  if (values.has("admin-socket")) return values.path("admin-socket");
  return values.path("data-dir") / "admin.sock";
}

Result<net::SocketAddress> parse_listen_address(std::string_view text) {
  constexpr std::string_view form = "write ADDRESS:PORT, as in 0.0.0.0:7844 or [::]:7844";
  const bool bracketed = text.starts_with('[');
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || (bracketed && text[colon - 1] != ']')) {
    return invalid(text, form);
  }
  const std::string_view host = bracketed ? text.substr(1, colon - 2) : text.substr(0, colon);
  const auto address = bracketed ? IpAddress::parse_v6(host) : IpAddress::parse_v4(host);
  if (!address) return invalid(text, form);
  const auto port = tunnel::parse_port(text.substr(colon + 1));
  if (!port) return invalid(text, port.error().message);
  return net::SocketAddress(*address, *port);
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
                     : parse_listen_address(where);
  if (!address) {
    if (!where.starts_with(unix_prefix)) return std::move(address.error());
    return invalid(text, address.error().message);
  }
  if (where == unix_prefix) return invalid(text, "the path is empty; write unix:/run/edge.sock");
  listen.address = *address;
  return listen;
}

Result<ServeOptions> read_serve_options(const Values& values) {
  ServeOptions options;
  options.data_dir = values.path("data-dir");
  options.admin_socket = admin_socket_path(values);
  if (auto socket = net::SocketAddress::unix_path(options.admin_socket.string()); !socket) {
    return values.error(values.has("admin-socket") ? "admin-socket" : "data-dir",
                        socket.error().message);
  }
  OUTHAUL_CHECK(read_listeners(values, options));
  OUTHAUL_CHECK(read_public_names(values, options));
  if (values.has("certificate") != values.has("key")) {
    const bool has_key = values.has("key");
    return values.error(has_key ? "key" : "certificate",
                        has_key ? "give --certificate FILE too" : "give --key FILE too");
  }
  options.certificate = values.path("certificate");
  options.key = values.path("key");
  OUTHAUL_TRY(log_level, parse_log_level(values.text("log-level")));
  options.log_level = log_level;
  options.log_format = read_log_format(values.text("log-format"));
  options.access_log = options::read_access_log_rules(values);
  options.limits = read_limits(values);
  return options;
}

Result<void> check_files(const Values& values) {
  for (std::string_view name : {"certificate", "key"}) {
    if (!values.has(name)) continue;
    const std::string path = values.path(name).string();
    if (std::filesystem::is_directory(path)) {
      return values.error(name, path + " is a directory; name a PEM file");
    }
    if (::access(path.c_str(), R_OK) == 0) continue;
    const Error reason = system_error(errno, "cannot read " + path);
    return values.error(name, reason.message + "; check the path and its mode");
  }
  return {};
}

AdminCommand read_admin_command(const options::Invocation& invocation) {
  const std::string& path = invocation.command->path;
  const auto found = std::find_if(admin_actions.begin(), admin_actions.end(),
                                  [&](const auto& entry) { return entry.first == path; });
  if (found == admin_actions.end()) throw std::logic_error("no action for the command " + path);
  AdminCommand command;
  command.action = found->second;
  if (!invocation.positionals.empty()) command.subject = invocation.positionals.front();
  const Values& values = invocation.values;
  if (command.action == AdminAction::service_create) command.file = values.path("file");
  command.json = values.boolean("json");
  command.data_dir = values.path("data-dir");
  command.admin_socket = admin_socket_path(values);
  return command;
}

}  // namespace outhaul::edge
