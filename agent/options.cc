#include "agent/options.h"

#include <algorithm>
#include <cerrno>
#include <span>
#include <string_view>

#include <unistd.h>

#include "agent/option_table.h"
#include "common/options/access_log_options.h"
#include "common/options/limit_options.h"
#include "common/options/liveness_options.h"
#include "common/options/value_syntax.h"
#include "common/tunnel/listen_address.h"

namespace outhaul::agent {
namespace {

using options::Problems;
using options::Values;

std::vector<Rule> read_rules(const Values& values, std::string_view name, Problems& problems) {
  std::vector<Rule> rules;
  const auto texts = values.list(name);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto rule = Rule::parse(texts[i]);
    if (rule) {
      rules.push_back(std::move(*rule));
    } else {
      problems.push_back(values.problem(name, rule.error().message, i));
    }
  }
  return rules;
}

Policy read_policy(const Values& values, Problems& problems) {
  return Policy(
      PolicyRules{read_rules(values, "permit", problems), read_rules(values, "allow", problems),
                  read_rules(values, "deny", problems), values.boolean("policy-dry-run")});
}

std::vector<tunnel::EdgeAddress> read_edges(const Values& values, Problems& problems) {
  std::vector<tunnel::EdgeAddress> edges;
  const auto texts = values.list("edge");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto edge = tunnel::EdgeAddress::parse_or_srv(texts[i]);
    if (edge) {
      edges.push_back(std::move(*edge));
    } else {
      problems.push_back(
          values.problem("edge", options::in_quotes(texts[i]) + ": " + edge.error().message, i));
    }
  }
  return edges;
}

NameOptions read_names(const Values& values, Problems& problems) {
  auto names = read_name_options(values);
  if (names) return *std::move(names);
  problems.push_back({{}, std::move(names.error().message)});
  return {};
}

Uuid read_tunnel_id(const Values& values, Problems& problems) {
  const std::string text = values.text("tunnel-id");
  // A missing one was found before.
  if (text.empty()) return {};
  if (const auto id = Uuid::parse(text)) return *id;
  problems.push_back(values.problem(
      "tunnel-id", options::in_quotes(text) +
                       " is no tunnel id; write the lower-case UUID that the edge printed, as "
                       "in 6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11"));
  return {};
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
  options::read_http_limits(values, limits);
  options::read_liveness(values, limits);
  limits.streams_per_agent = count_of(values, "streams");
  return limits;
}

/// A loop without a connection would have nothing to do.
std::uint32_t read_threads(const Values& values, AgentOptions& options) {
  const std::uint32_t wanted = count_of(values, "threads");
  const std::uint32_t useful = options.limits.connections_per_agent;
  if (wanted <= useful) return wanted;
  options.warnings.push_back(values.origin("threads") + " " + std::to_string(wanted) +
                             " is more than there are connections (--connections): " +
                             std::to_string(useful) + " are used");
  return useful;
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
  Problems problems;
  Policy policy = read_policy(values, problems);
  if (problems.empty()) return policy;
  return Error{ErrorKind::invalid, std::move(problems.front().message)};
}

void read_dns_timeout(const Values& values, Limits& limits) {
  limits.dns_total = seconds_of(values, "dns-timeout");
  limits.dns_try = std::min(limits.dns_try, limits.dns_total);
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

AgentOptions read_run_options(const Values& values, const options::ConfigurationFile& file,
                              Problems& problems) {
  AgentOptions options;
  options.tunnel_id = read_tunnel_id(values, problems);
  if (values.has("token-file") && values.has("credentials-file")) {
    problems.push_back(values.problem(
        "credentials-file", values.origin("token-file") + " is given too; keep one of them"));
  }
  if (values.text("profile") == "rhttp") options.profile = SetupProfile::rhttp;
  options.rhttp = read_rhttp_options(values, options.profile == SetupProfile::rhttp, problems);
  options.policy = read_policy(values, problems);
  options.names = read_names(values, problems);
  // One of the option's choices, which are all of them.
  options.origin_family = parse_origin_family(values.text("origin-family")).value();
  options.edges = read_edges(values, problems);
  options.edge_ca = values.path("edge-ca");
  options.reach = read_reach_options(values, process_environment, problems);
  options.zone = values.text("zone");
  if (!options.zone.empty()) {
    if (const auto zone = tunnel::check_zone(options.zone); !zone) {
      problems.push_back(values.problem("zone", zone.error().message));
    }
  }
  options.weight = count_of(values, "weight");
  // One of the option's choices, which are all of them.
  options.log_level = parse_log_level(values.text("log-level")).value();
  options.exit_on_deleted = values.boolean("exit-on-deleted");
  options.log_format = read_log_format(values.text("log-format"));
  options.access_log = options::read_access_log_rules(values);
  options.upgrade_grace = seconds_of(values, "upgrade-grace");
  if (auto status = tunnel::parse_status_listen(values.list("status-listen"), status_directory)) {
    options.status_listen = std::move(*status);
  } else {
    problems.push_back(values.problem("status-listen", status.error().message));
  }
  options.limits = read_limits(values);
  options.threads = read_threads(values, options);
  options.configured_services = read_configured_services(
      values, file.sections, services_of_ingress(file.entries, options.tunnel_id), options.limits,
      problems);
  options.ingress =
      read_ingress(file.entries, options.configured_services, options.tunnel_id, problems);
  return options;
}

namespace {

/// What is on the way to the edges, whatever the profile.
Result<void> load_way(const Values& values, AgentOptions& options) {
  OUTHAUL_CHECK(load_proxy_credentials(values, options.reach));
  OUTHAUL_CHECK(check_readable(values, "proxy-ca"));
  return check_readable(values, "edge-ca");
}

}  // namespace

Result<void> load_credentials(const Values& values, AgentOptions& options) {
  if (options.profile == SetupProfile::rhttp) {
    for (const std::string_view name : {"token-file", "credentials-file", "token"}) {
      if (!values.has(name)) continue;
      options.warnings.push_back(values.origin(name) +
                                 " is given but not used: the profile rhttp "
                                 "shows a client certificate instead");
    }
    OUTHAUL_CHECK(load_rhttp_identity(options.rhttp, options.tunnel_id, options.warnings));
    return load_way(values, options);
  }
  OUTHAUL_TRY(token, read_token(values, options));
  if (token.tunnel_id != options.tunnel_id) {
    return values.error("tunnel-id", "the token is for the tunnel " + token.tunnel_id.to_string() +
                                         ", not " + options.tunnel_id.to_string() +
                                         "; give the token of this tunnel");
  }
  options.token = std::move(token);
  if (options.edges.empty()) options.edges = options.token.edges;
  return load_way(values, options);
}

}  // namespace outhaul::agent
