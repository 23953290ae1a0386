#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/network/lookup_preferences.h"
#include "agent/network/resolver_options.h"
#include "agent/policy/policy.h"
#include "agent/reach/reach_options.h"
#include "agent/settings/configured_services.h"
#include "agent/settings/ingress.h"
#include "agent/settings/rhttp_options.h"
#include "agent/settings/service_settings.h"
#include "common/base/access_log.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/base/result.h"
#include "common/base/uuid.h"
#include "common/http/status_pages.h"
#include "common/options/configuration_file.h"
#include "common/options/problem.h"
#include "common/options/values.h"
#include "common/tunnel/edge_address.h"
#include "common/tunnel/session_fields.h"
#include "common/tunnel/token.h"

namespace outhaul::agent {

/// How a connection to an edge is set up (protocol section 2).
enum class SetupProfile : std::uint8_t { ptth, rhttp };

/// Everything that `outhaul run` was told, checked.
struct AgentOptions {
  Uuid tunnel_id;
  /// Its tunnel id is `tunnel_id`. Of the profile ptth only.
  tunnel::Token token;
  /// Empty when the token came from the environment.
  std::filesystem::path token_path;
  /// From --edge, else from the token; at least one.
  std::vector<tunnel::EdgeAddress> edges;
  /// Empty: the pins of the token, else the system's trust store.
  std::filesystem::path edge_ca;
  ReachOptions reach;
  /// Hints for edges that choose among the agents of a tunnel: where this one stands (may be
  /// empty), and its share of requests, 1 to 100.
  std::string zone;
  std::uint32_t weight = tunnel::session_weight_maximum;
  /// Never null after load_services().
  std::shared_ptr<const ServiceSettingsTable> services;
  /// What `services` was, or is to be, made of.
  std::vector<ConfiguredService> configured_services;
  Policy policy;
  NameOptions names;
  /// For services without a preference of their own.
  OriginFamily origin_family = OriginFamily::automatic;
  SetupProfile profile = SetupProfile::ptth;
  /// Of the profile rhttp.
  RhttpOptions rhttp;
  /// For requests without a descriptor.
  IngressTable ingress;
  /// May be nowhere.
  http::StatusListening status_listen;
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::automatic;
  AccessLogRules access_log;
  /// End with exit_refused when an edge says that the tunnel was deleted; else keep asking, rarely.
  bool exit_on_deleted = false;
  /// After an upgrade in place, what is under way may take so long.
  std::chrono::seconds upgrade_grace{600};
  /// Loops that share the connections out among them, at least one and no more than connections.
  std::uint32_t threads = 1;
  /// The defaults with what the options changed: number of connections, timeouts, stream limits,
  /// grace period.
  Limits limits;
  /// To be logged once the log is open.
  std::vector<std::string> warnings;
};

/// What the options and the sections of the configuration file say, without reading another file:
/// `token` and `services` stay empty, and `edges` without --edge. Problems name the flag, variable
/// or key.
AgentOptions read_run_options(const options::Values& values, const options::ConfigurationFile& file,
                              options::Problems& problems);

/// Reads the token, or what the profile has instead, and looks whether the certificate files can be
/// read, and completes `options`. Errors name the flag, variable or file; the exit code is
/// exit_configuration.
Result<void> load_credentials(const options::Values& values, AgentOptions& options);

// What other commands read in the same way as `run`. Errors name the flag or variable.

/// The rules of --permit, --allow and --deny, and --policy-dry-run.
Result<Policy> read_policy(const options::Values& values);
/// --dns-timeout, and the tries that follow from it.
void read_dns_timeout(const options::Values& values, Limits& limits);
/// Whether the file of the option `name`, if there is one, can be read.
Result<void> check_readable(const options::Values& values, std::string_view name);

}  // namespace outhaul::agent
