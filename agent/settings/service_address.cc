#include "agent/settings/service_address.h"

#include "common/http/syntax.h"
#include "common/net/socket_address.h"
#include "common/options/value_syntax.h"
#include "common/tunnel/hostname.h"

namespace outhaul::agent {

namespace {

constexpr std::string_view unix_prefix = "unix:";

Error about(std::string_view text, std::string_view message) {
  return {ErrorKind::invalid, options::in_quotes(text) + ": " + std::string(message)};
}

Result<ServiceAddress> parse_unix(std::string_view text) {
  ServiceAddress address;
  address.unix_path = text.substr(unix_prefix.size());
  if (!address.unix_path.starts_with('/')) {
    return about(text, "the path must begin with /, as in unix:/run/app.sock");
  }
  const auto socket = net::SocketAddress::unix_path(address.unix_path);
  if (!socket) return about(text, socket.error().message);
  return address;
}

}  // namespace

Result<ServiceAddress> ServiceAddress::parse(std::string_view text,
                                             std::optional<std::uint16_t> default_port) {
  if (text.starts_with(unix_prefix)) return parse_unix(text);
  std::string host;
  std::optional<std::uint16_t> port;
  // An IPv6 address without brackets has no port.
  if (IpAddress::parse_v6(text)) {
    host = text;
  } else if (const auto parsed = http::parse_authority(text)) {
    for (const char c : parsed->host)
      host += http::to_lower(c);
    port = parsed->port;
  } else {
    return about(text, "write HOST:PORT, as in api.internal:8080 or [fd00::1]:8080");
  }
  if (!port) port = default_port;
  if (!port) return about(text, "the port is missing; write HOST:PORT, as in api:8080");
  ServiceAddress address;
  address.port = *port;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  if (const auto v4 = IpAddress::parse_v4(host)) {
    address.ip = *v4;
  } else if (const auto v6 = IpAddress::parse_v6(host)) {
    address.ip = *v6;
  } else if (const auto valid = tunnel::validate_hostname(host); !valid) {
    return about(text, valid.error().message);
  } else {
    address.hostname = host;
  }
  return address;
}

}  // namespace outhaul::agent
