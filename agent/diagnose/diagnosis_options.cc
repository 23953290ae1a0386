#include "agent/diagnose/diagnosis_options.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "agent/options.h"
#include "agent/settings/configured_services.h"
#include "agent/settings/ingress.h"
#include "agent/settings/service_address.h"
#include "agent/settings/service_options.h"
#include "common/base/uuid.h"
#include "common/dns/server_set.h"
#include "common/http/syntax.h"
#include "common/options/value_syntax.h"

namespace outhaul::agent {

namespace {

using options::Values;

constexpr std::size_t server_maximum = 4;
constexpr std::uint16_t resolve_port = 80;

Error about_argument(std::string_view text, std::string_view message) {
  return {ErrorKind::invalid, options::in_quotes(text) + ": " + std::string(message)};
}

std::string lowered(std::string_view text) {
  std::string low;
  for (const char c : text)
    low += http::to_lower(c);
  return low;
}

/// A host name or an address, with or without a port. An IPv6 address without brackets has none.
Result<void> read_target(std::string_view text, std::optional<std::uint16_t> default_port,
                         tunnel::Descriptor& service) {
  OUTHAUL_TRY(address, ServiceAddress::parse(text, default_port));
  if (address.is_unix()) return about_argument(text, "write HOST:PORT, as in api.internal:8080");
  service.port = address.port;
  service.hostname = address.hostname;
  if (!address.ip) return {};
  auto& literal = address.ip->is_v4() ? service.ipv4 : service.ipv6;
  literal = tunnel::LiteralAddress{address.ip->to_string(), *address.ip};
  return {};
}

Result<void> read_servers(const Values& values, tunnel::Descriptor& service) {
  for (const std::string& text : values.list("server")) {
    auto server = dns::ServerAddress::parse(text);
    if (!server) return values.error("server", server.error().message);
    service.resolver_ips.push_back({{server->ip.to_string(), server->ip}, server->port});
  }
  if (service.resolver_ips.size() > server_maximum) {
    return values.error("server", "a service has at most 4 DNS servers; leave some out");
  }
  if (!service.resolver_ips.empty() && service.hostname.empty()) {
    return values.error("server", "the target is an address: there is nothing to resolve");
  }
  return {};
}

Result<void> read_lookup(const Values& values, DiagnosisOptions& options) {
  OUTHAUL_TRY(names, read_name_options(values));
  options.names = std::move(names);
  OUTHAUL_TRY(family, parse_origin_family(values.text("origin-family")));
  options.lookup.family = family;
  if (!values.has("srv")) return {};
  if (options.service.hostname.empty()) {
    return values.error("srv", "the target is an address: it has no SRV records");
  }
  auto srv = parse_srv_name(values.text("srv"));
  if (!srv) return values.error("srv", srv.error().message);
  options.lookup.srv = std::move(*srv);
  return {};
}

/// What both commands have.
Result<DiagnosisOptions> read_common(const Values& values, std::string_view text,
                                     std::optional<std::uint16_t> default_port) {
  DiagnosisOptions options;
  OUTHAUL_CHECK(read_target(text, default_port, options.service));
  OUTHAUL_CHECK(read_servers(values, options.service));
  if (values.has("service")) {
    const auto id = Uuid::parse(values.text("service"));
    if (!id) return values.error("service", id.error().message);
    options.service.id = *id;
  }
  OUTHAUL_TRY(policy, read_policy(values));
  options.policy = std::move(policy);
  OUTHAUL_CHECK(read_lookup(values, options));
  read_dns_timeout(values, options.limits);
  options.json = values.boolean("json");
  return options;
}

tunnel::TlsVerification verification_of(std::string_view text) {
  if (text == "verify_ca") return tunnel::TlsVerification::verify_ca;
  return text == "disabled" ? tunnel::TlsVerification::disabled
                            : tunnel::TlsVerification::verify_full;
}

Result<void> read_tls(const Values& values, tunnel::Descriptor& service) {
  const bool tls = values.boolean("tls");
  const bool tcp = service.type == tunnel::ServiceType::tcp;
  if (tcp) {
    service.scheme = tls ? tunnel::ServiceScheme::tls : tunnel::ServiceScheme::tcp;
  } else {
    service.scheme = tls ? tunnel::ServiceScheme::https : tunnel::ServiceScheme::http;
  }
  if (!tls) {
    for (const std::string_view name : {"sni", "tls-verify"}) {
      if (values.is_given(name)) return values.error(name, "has no use without --tls; add --tls");
    }
    return {};
  }
  service.tls = verification_of(values.text("tls-verify"));
  service.sni = lowered(values.text("sni"));
  if (!service.sni.empty()) {
    if (const auto valid = tunnel::validate_hostname(service.sni); !valid) {
      return values.error("sni", valid.error().message);
    }
  }
  return {};
}

}  // namespace

Result<DiagnosisOptions> read_resolve_options(const Values& values, std::string_view text) {
  return read_common(values, text, resolve_port);
}

Result<DiagnosisOptions> read_check_options(const Values& values, std::string_view text) {
  OUTHAUL_TRY(options, read_common(values, text, std::nullopt));
  if (values.text("type") == "tcp") options.service.type = tunnel::ServiceType::tcp;
  OUTHAUL_CHECK(read_tls(values, options.service));
  options.method = values.text("method");
  options.path = values.text("path");
  if (!http::is_origin_form(options.path)) {
    return values.error("path", "must begin with / and have no space, control or # in it");
  }
  return options;
}

void read_service_of_check(const options::Program& program, const options::Invocation& invocation,
                           DiagnosisOptions& options, options::Problems& problems) {
  options::Resolution general =
      options::resolve_all(service_options(), program.environment_prefix, invocation.given);
  for (options::Problem& problem : general.problems)
    problems.push_back(std::move(problem));
  const std::vector<ConfiguredService> services = read_configured_services(
      general.values, invocation.file.sections, services_of_ingress(invocation.file.entries, {}),
      options.limits, problems);
  const auto table = load_services(services, nullptr, problems);
  options.settings = *table->of(options.service.id);
  options.limits.origin_first_byte = options.settings.first_byte_timeout;
  const bool tls = options.service.scheme == tunnel::ServiceScheme::https ||
                   options.service.scheme == tunnel::ServiceScheme::tls;
  if (tls && options.service.sni.empty()) options.service.sni = options.settings.server_name;
}

}  // namespace outhaul::agent
