#include "edge/forwarding/service_descriptor.h"

#include <optional>
#include <string>

#include "common/tunnel/port.h"

namespace outhaul::edge {

namespace {

constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t https_port = 443;

Error only_other(const ServiceSpec& spec, std::string_view other, std::string_view missing) {
  std::string message = "service " + spec.name + " has " + std::string(other) + "_port only: ask ";
  message.append(other).append("://, or set ").append(missing).append("_port in the service");
  return Error{ErrorKind::invalid, std::move(message)};
}

Result<std::uint16_t> port_for(const ServiceSpec& spec, bool secure) {
  if (!spec.http_port && !spec.https_port) return secure ? https_port : http_port;
  const auto& wanted = secure ? spec.https_port : spec.http_port;
  if (wanted) return *wanted;
  return secure ? only_other(spec, "http", "https") : only_other(spec, "https", "http");
}

std::optional<tunnel::LiteralAddress> literal(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto address = IpAddress::parse(text);
  if (!address) return std::nullopt;
  return tunnel::LiteralAddress{text, *address};
}

/// "ip", "ip:port" or "[v6]:port"; the directory has checked it.
Result<tunnel::ResolverAddress> resolver(std::string_view text) {
  tunnel::ResolverAddress result;
  std::string_view host = text;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    host = text.substr(1, end == std::string_view::npos ? end : end - 1);
    if (end != std::string_view::npos && end + 1 < text.size()) {
      OUTHAUL_TRY(port, tunnel::parse_port(text.substr(end + 2)));
      result.port = port;
    }
  } else if (text.find(':') != std::string_view::npos && text.find(':') == text.rfind(':')) {
    host = text.substr(0, text.find(':'));
    OUTHAUL_TRY(port, tunnel::parse_port(text.substr(text.find(':') + 1)));
    result.port = port;
  }
  OUTHAUL_TRY(address, IpAddress::parse(host));
  result.ip = {std::string(host), address};
  return result;
}

/// What does not depend on how the service is asked.
Result<tunnel::Descriptor> describe_target(const Service& service) {
  const ServiceSpec& spec = service.spec;
  tunnel::Descriptor descriptor;
  descriptor.id = service.id;
  descriptor.type = spec.type;
  descriptor.hostname = spec.host.hostname;
  descriptor.ipv4 = literal(spec.host.ipv4);
  descriptor.ipv6 = literal(spec.host.ipv6);
  descriptor.net = spec.tunnel_id;
  for (const std::string& text : spec.resolver_ips) {
    OUTHAUL_TRY(address, resolver(text));
    descriptor.resolver_ips.push_back(address);
  }
  return descriptor;
}

}  // namespace

Result<tunnel::Descriptor> describe_service(const Service& service, std::string_view scheme) {
  const ServiceSpec& spec = service.spec;
  if (spec.type != ServiceType::http) {
    return Error{ErrorKind::invalid,
                 "service " + spec.name + " is of type tcp: it is reached by CONNECT only"};
  }
  const bool secure = scheme == "https";
  OUTHAUL_TRY(port, port_for(spec, secure));
  OUTHAUL_TRY(descriptor, describe_target(service));
  descriptor.scheme = secure ? tunnel::ServiceScheme::https : tunnel::ServiceScheme::http;
  descriptor.port = port;
  if (secure && spec.tls) descriptor.tls = *spec.tls;
  OUTHAUL_CHECK(tunnel::check_descriptor(descriptor));
  return descriptor;
}

Result<tunnel::Descriptor> describe_tcp_service(const Service& service) {
  const ServiceSpec& spec = service.spec;
  if (spec.type != ServiceType::tcp) {
    return Error{ErrorKind::invalid, "service " + spec.name +
                                         " is of type http: send it ordinary requests, CONNECT is "
                                         "for services of type tcp"};
  }
  if (!spec.tcp_port) {
    return Error{ErrorKind::invalid, "service " + spec.name + " has no tcp_port: set it"};
  }
  OUTHAUL_TRY(descriptor, describe_target(service));
  descriptor.scheme = spec.tls ? tunnel::ServiceScheme::tls : tunnel::ServiceScheme::tcp;
  descriptor.port = *spec.tcp_port;
  if (spec.tls) descriptor.tls = *spec.tls;
  descriptor.app = spec.app_protocol;
  OUTHAUL_CHECK(tunnel::check_descriptor(descriptor));
  return descriptor;
}

}  // namespace outhaul::edge
