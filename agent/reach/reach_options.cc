#include "agent/reach/reach_options.h"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "common/base/ip_address.h"
#include "common/net/trust_store.h"
#include "common/options/value_syntax.h"
#include "common/tunnel/port.h"
#include "common/tunnel/secret.h"
#include "common/tunnel/secret_file.h"

namespace outhaul::agent {

namespace {

using options::OptionKind;
using options::Problems;
using options::Values;

/// The first one that is set counts.
constexpr std::array<const char*, 4> proxy_variables{"HTTPS_PROXY", "https_proxy", "ALL_PROXY",
                                                     "all_proxy"};
constexpr std::array<const char*, 2> bypass_variables{"NO_PROXY", "no_proxy"};
constexpr std::string_view no_proxy_at_all = "none";
constexpr std::size_t credentials_size_maximum = 1024;

bool is_this_machine(const std::string& host) {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  const auto address = IpAddress::parse(host);
  if (!address) return false;
  return address->is_v4() ? address->bytes().front() == std::byte{127}
                          : address->to_string() == "::1";
}

void read_proxy_option(const Values& values, ReachOptions& reach, Problems& problems) {
  auto proxy = Proxy::parse(values.text("proxy"));
  if (!proxy) {
    problems.push_back(values.problem("proxy", proxy.error().message));
  } else if (proxy->credentials) {
    problems.push_back(values.problem(
        "proxy",
        "user and password have no place here, where others can read them; put the line "
        "user:password into a file of mode 0600 and name that with --proxy-credentials-file"));
  } else {
    reach.proxy = std::make_shared<const Proxy>(*std::move(proxy));
  }
}

void read_proxy_variable(const EnvironmentLookup& environment, ReachOptions& reach,
                         Problems& problems) {
  for (const char* name : proxy_variables) {
    const auto text = environment(name);
    if (!text) continue;
    auto proxy = Proxy::parse(*text);
    if (proxy) {
      reach.proxy = std::make_shared<const Proxy>(*std::move(proxy));
      reach.proxy_from_environment = true;
    } else {
      problems.push_back(
          {{},
           std::string(name) + ": " + proxy.error().message + "; or ignore it with --proxy none"});
    }
    return;
  }
}

/// Entries are separated by commas or spaces. What is no entry is passed over, as other programs
/// do.
void read_bypass_variable(const EnvironmentLookup& environment, ProxyBypass& bypass) {
  for (const char* name : bypass_variables) {
    const auto text = environment(name);
    if (!text) continue;
    std::string_view rest = *text;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find_first_of(", \t"), rest.size());
      if (end > 0) (void)bypass.add(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return;
  }
}

void read_bypass(const Values& values, const EnvironmentLookup& environment, ReachOptions& reach,
                 Problems& problems) {
  if (!values.is_given("no-proxy")) {
    read_bypass_variable(environment, reach.bypass);
    return;
  }
  const auto texts = values.list("no-proxy");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (const auto added = reach.bypass.add(texts[i]); !added) {
      problems.push_back(values.problem("no-proxy", added.error().message, i));
    }
  }
}

PortFallback read_fallback(const Values& values, Problems& problems) {
  const std::string text = values.text("edge-port-fallback");
  if (text == "auto") return {};
  if (text == "off") return {.port = std::nullopt};
  const auto port = tunnel::parse_port(text);
  if (port) return {.port = *port, .default_port_only = false};
  problems.push_back(values.problem(
      "edge-port-fallback",
      options::in_quotes(text) + " is none of auto (443 for edges at 7844), off and a port"));
  return {};
}

/// Where credentials go although the proxy is none that takes them from a file.
Result<void> check_credentials_option(const Values& values, const ReachOptions& reach) {
  if (reach.proxy) return {};
  return values.error("proxy-credentials-file", "there is no proxy; give --proxy URL as well");
}

}  // namespace

std::optional<std::uint16_t> PortFallback::port_for(const tunnel::EdgeAddress& edge) const {
  if (edge.srv || !port || *port == edge.port) return std::nullopt;
  if (default_port_only && edge.port != tunnel::default_edge_port) return std::nullopt;
  return port;
}

std::shared_ptr<const Proxy> ReachOptions::proxy_for(const tunnel::EdgeAddress& edge) const {
  if (!proxy || bypass.covers(edge)) return nullptr;
  if (proxy_from_environment && is_this_machine(edge.host)) return nullptr;
  return proxy;
}

std::optional<std::string> process_environment(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

std::vector<options::Option> reach_option_table() {
  const std::string group(reach_group);
  return {
      {.name = "proxy",
       .default_note = "HTTPS_PROXY, ALL_PROXY",
       .help = "proxy to the edges: http://, https://, socks5:// or socks5h://; none",
       .group = group,
       .value_name = "URL"},
      {.name = "proxy-credentials-file",
       .kind = OptionKind::path,
       .help = "file with user:password for it, mode 0600",
       .group = group,
       .value_name = "FILE"},
      {.name = "proxy-ca",
       .kind = OptionKind::path,
       .default_note = "system",
       .help = "PEM file of CAs for an https proxy",
       .group = group,
       .value_name = "FILE"},
      {.name = "no-proxy",
       .kind = OptionKind::text_list,
       .default_note = "NO_PROXY",
       .help = "edges to reach without it: edge.corp, .corp, 10.0.0.0/8, *",
       .group = group,
       .value_name = "TARGET"},
      {.name = "edge-family",
       .default_text = "auto",
       .help = "addresses of edges, or of the proxy, to prefer or to use alone",
       .group = group,
       .value_name = "FAMILY",
       .choices = {"auto", "ipv4-first", "ipv4-only", "ipv6-first", "ipv6-only"}},
      {.name = "edge-bind-address",
       .help = "source address, or interface, of connections to edges",
       .group = group,
       .value_name = "ADDRESS"},
      {.name = "edge-port-fallback",
       .default_text = "auto",
       .help = "port to try when an edge's own is out of reach: auto is 443 in place of 7844; off",
       .group = group,
       .value_name = "PORT"},
  };
}

ReachOptions read_reach_options(const Values& values, const EnvironmentLookup& environment,
                                Problems& problems) {
  ReachOptions reach;
  if (!values.has("proxy")) {
    read_proxy_variable(environment, reach, problems);
  } else if (values.text("proxy") != no_proxy_at_all) {
    read_proxy_option(values, reach, problems);
  }
  read_bypass(values, environment, reach, problems);
  reach.proxy_ca = values.path("proxy-ca");
  // One of the option's choices, which are all of them.
  reach.family = parse_origin_family(values.text("edge-family")).value();
  if (values.has("edge-bind-address")) {
    auto source = net::DialSource::parse(values.text("edge-bind-address"));
    if (source) {
      reach.source = *std::move(source);
    } else {
      problems.push_back(values.problem("edge-bind-address", source.error().message));
    }
  }
  reach.fallback = read_fallback(values, problems);
  return reach;
}

Result<void> load_proxy_credentials(const Values& values, ReachOptions& reach) {
  if (!values.has("proxy-credentials-file")) return {};
  OUTHAUL_CHECK(check_credentials_option(values, reach));
  const std::string path = values.path("proxy-credentials-file").string();
  OUTHAUL_TRY(text,
              tunnel::read_secret_file(path, "proxy credentials file", credentials_size_maximum));
  std::string_view line = text;
  while (line.ends_with('\n') || line.ends_with('\r'))
    line.remove_suffix(1);
  auto credentials = ProxyCredentials::parse(line);
  tunnel::wipe_memory(std::as_writable_bytes(std::span(text.data(), text.size())));
  if (!credentials) {
    return Error{credentials.error().kind,
                 "proxy credentials file " + path + ": " + credentials.error().message};
  }
  Proxy proxy = *reach.proxy;
  proxy.credentials = *std::move(credentials);
  reach.proxy = std::make_shared<const Proxy>(std::move(proxy));
  return {};
}

Result<std::shared_ptr<const net::TlsClientContext>> proxy_tls(const ReachOptions& reach) {
  if (!reach.proxy || reach.proxy->kind != ProxyKind::https) {
    return std::shared_ptr<const net::TlsClientContext>();
  }
  net::TlsClientOptions tls;
  if (reach.proxy_ca.empty()) {
    OUTHAUL_TRY(trust, net::TrustStore::system());
    tls.trust = trust;
  } else {
    OUTHAUL_TRY(trust, net::TrustStore::from_file(reach.proxy_ca.string()));
    tls.trust = trust;
  }
  return net::TlsClientContext::create(std::move(tls));
}

}  // namespace outhaul::agent
