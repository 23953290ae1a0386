#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/network/lookup_preferences.h"
#include "agent/reach/proxy.h"
#include "agent/reach/proxy_bypass.h"
#include "common/base/result.h"
#include "common/net/dial_source.h"
#include "common/net/tls_context.h"
#include "common/options/option.h"
#include "common/options/problem.h"
#include "common/options/values.h"
#include "common/tunnel/edge_address.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::agent {

/// Which other port of an edge is tried when its own is out of reach.
struct PortFallback {
  /// None: no other.
  std::optional<std::uint16_t> port = tunnel::https_port;
  /// Only for edges at the port that an edge has by default; who names another one means it.
  bool default_port_only = true;

  /// The other port of this edge.
  std::optional<std::uint16_t> port_for(const tunnel::EdgeAddress& edge) const;
};

/// How the agent reaches its edges.
struct ReachOptions {
  /// Null: none.
  std::shared_ptr<const Proxy> proxy;
  /// It came from HTTPS_PROXY or ALL_PROXY: not meant for this machine itself.
  bool proxy_from_environment = false;
  ProxyBypass bypass;
  /// Empty: the system's.
  std::filesystem::path proxy_ca;
  OriginFamily family = OriginFamily::automatic;
  std::optional<net::DialSource> source;
  PortFallback fallback;

  /// The proxy on the way to this edge, or null.
  std::shared_ptr<const Proxy> proxy_for(const tunnel::EdgeAddress& edge) const;
};

/// A variable of the environment, or nothing; an empty one counts as nothing.
using EnvironmentLookup = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> process_environment(const char* name);

/// The group of the options below in help pages.
inline constexpr std::string_view reach_group = "The way to the edges";
std::vector<options::Option> reach_option_table();

/// What options and environment say, without reading a file. Problems name flag, variable or key,
/// and never a password.
ReachOptions read_reach_options(const options::Values& values, const EnvironmentLookup& environment,
                                options::Problems& problems);

/// Adds what --proxy-credentials-file holds. Errors name the flag or the file.
Result<void> load_proxy_credentials(const options::Values& values, ReachOptions& reach);

/// For TLS with an https proxy; null for any other. Error kind `invalid`.
Result<std::shared_ptr<const net::TlsClientContext>> proxy_tls(const ReachOptions& reach);

}  // namespace outhaul::agent
