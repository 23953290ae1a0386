#include "agent/options.h"

#include <algorithm>
#include <cerrno>
#include <span>
#include <string_view>

#include <unistd.h>

#include "agent/option_table.h"
#include "agent/settings/service_options.h"
#include "common/options/access_log_options.h"
#include "common/options/value_syntax.h"

namespace outhaul::agent {
namespace {

using options::Values;

Result<std::vector<Rule>> read_rules(const Values& values, std::string_view name) {
  std::vector<Rule> rules;
  for (const std::string& text : values.list(name)) {
    auto rule = Rule::parse(text);
    if (!rule) return values.error(name, rule.error().message);
    rules.push_back(std::move(*rule));
  }
  return rules;
}

Result<std::vector<tunnel::EdgeAddress>> read_edges(const Values& values) {
  std::vector<tunnel::EdgeAddress> edges;
  for (const std::string& text : values.list("edge")) {
    auto edge = tunnel::EdgeAddress::parse(text);
    if (!edge) {
      return values.error("edge", options::in_quotes(text) + ": " + edge.error().message);
    }
    edges.push_back(std::move(*edge));
  }
  return edges;
}

std::chrono::seconds seconds_of(const Values& values, std::string_view name) {
  return std::chrono::duration_cast<std::chrono::seconds>(values.duration(name));
}

std::uint32_t count_of(const Values& values, std::string_view name) {
  return static_cast<std::uint32_t>(values.integer(name));
}

Limits read_limits(const Values& values) {
  Limits limits;
  limits.connections_per_agent = count_of(values, "connections");
  limits.grace_period = seconds_of(values, "grace-period");
  read_dns_timeout(values, limits);
  limits.streams_per_connection = count_of(values, "streams-per-connection");
  // Twice the working limit; the reason stands at the field.
  limits.announced_streams_per_connection = 2 * limits.streams_per_connection;
  limits.streams_per_agent = count_of(values, "streams");
  return limits;
}

LogFormat read_log_format(std::string_view text) {
  if (text == "human") return LogFormat::human;
  return text == "json" ? LogFormat::json : LogFormat::automatic;
}

/// The file that holds the token, or empty when TUNNEL_TOKEN does. An explicit file wins over the
/// variable, the variable over the file that is there by default.
Result<std::filesystem::path> choose_token_file(const Values& values) {
  for (std::string_view name : {"token-file", "credentials-file"}) {
    if (values.has(name)) return values.path(name);
  }
  if (values.has("token")) return std::filesystem::path();
  if (::access(default_token_path, F_OK) == 0) return std::filesystem::path(default_token_path);
  return values.error("token-file", "no token was given and " + std::string(default_token_path) +
                                        " does not exist; give --token-file FILE");
}

Result<tunnel::Token> read_token(const Values& values, AgentOptions& options) {
  OUTHAUL_TRY(path, choose_token_file(values));
  options.token_path = path;
  if (!path.empty()) {
    if (values.has("token") && path != default_token_path) {
      options.warnings.push_back("TUNNEL_TOKEN is set but not used: the token comes from " +
                                 path.string());
    }
    return tunnel::read_token_file(path.string());
  }
  options.warnings.emplace_back(
      "the token comes from TUNNEL_TOKEN, where other processes of this user can read it; "
      "--token-file is safer");
  std::string text = values.text("token");
  auto token = tunnel::parse_token(text);
  tunnel::wipe_memory(std::as_writable_bytes(std::span(text.data(), text.size())));
  if (!token) return Error{token.error().kind, "TUNNEL_TOKEN: " + token.error().message};
  return token;
}

}  // namespace

Result<Policy> read_policy(const Values& values) {
  OUTHAUL_TRY(permits, read_rules(values, "permit"));
  OUTHAUL_TRY(allows, read_rules(values, "allow"));
  OUTHAUL_TRY(denies, read_rules(values, "deny"));
  return Policy(PolicyRules{std::move(permits), std::move(allows), std::move(denies),
                            values.boolean("policy-dry-run")});
}

void read_dns_timeout(const Values& values, Limits& limits) {
  limits.dns_total = seconds_of(values, "dns-timeout");
  limits.dns_try = std::min(limits.dns_try, limits.dns_total);
}

void read_origin_timeouts(const Values& values, Limits& limits) {
  limits.origin_connect = seconds_of(values, "connect-timeout");
  limits.origin_tls = seconds_of(values, "tls-timeout");
  limits.origin_first_byte = seconds_of(values, "first-byte-timeout");
}

Result<void> check_readable(const Values& values, std::string_view name) {
  if (!values.has(name)) return {};
  const std::string path = values.path(name).string();
  if (std::filesystem::is_directory(path)) {
    return values.error(name, path + " is a directory; name a PEM file");
  }
  if (::access(path.c_str(), R_OK) == 0) return {};
  const Error reason = system_error(errno, "cannot read " + path);
  return values.error(name, reason.message + "; check the path and its mode");
}

Result<AgentOptions> read_run_options(const Values& values) {
  AgentOptions options;
  const std::string tunnel_id = values.text("tunnel-id");
  const auto id = Uuid::parse(tunnel_id);
  if (!id) {
    return values.error("tunnel-id",
                        options::in_quotes(tunnel_id) +
                            " is no tunnel id; write the lower-case UUID that the edge printed, as "
                            "in 6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11");
  }
  options.tunnel_id = *id;
  if (values.has("token-file") && values.has("credentials-file")) {
    return values.error("credentials-file",
                        values.origin("token-file") + " is given too; keep one of them");
  }
  if (values.text("profile") != "ptth") {
    return values.error("profile", "rhttp is not available in this version; use ptth");
  }
  OUTHAUL_TRY(policy, read_policy(values));
  options.policy = std::move(policy);
  OUTHAUL_TRY(names, read_name_options(values));
  options.names = std::move(names);
  OUTHAUL_TRY(origin_family, parse_origin_family(values.text("origin-family")));
  options.origin_family = origin_family;
  OUTHAUL_TRY(edges, read_edges(values));
  options.edges = std::move(edges);
  options.edge_ca = values.path("edge-ca");
  OUTHAUL_TRY(log_level, parse_log_level(values.text("log-level")));
  options.log_level = log_level;
  options.exit_on_deleted = values.boolean("exit-on-deleted");
  options.log_format = read_log_format(values.text("log-format"));
  options.access_log = options::read_access_log_rules(values);
  options.limits = read_limits(values);
  OUTHAUL_TRY(settings, read_service_settings(values, options.limits));
  options.services = std::make_shared<const ServiceSettingsTable>(std::move(settings));
  return options;
}

Result<void> load_credentials(const Values& values, AgentOptions& options) {
  OUTHAUL_TRY(token, read_token(values, options));
  if (token.tunnel_id != options.tunnel_id) {
    return values.error("tunnel-id", "the token is for the tunnel " + token.tunnel_id.to_string() +
                                         ", not " + options.tunnel_id.to_string() +
                                         "; give the token of this tunnel");
  }
  options.token = std::move(token);
  if (options.edges.empty()) options.edges = options.token.edges;
  OUTHAUL_CHECK(check_readable(values, "edge-ca"));
  return check_readable(values, "origin-ca");
}

}  // namespace outhaul::agent
