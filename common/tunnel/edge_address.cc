#include "common/tunnel/edge_address.h"

#include <algorithm>

#include "common/base/ip_address.h"
#include "common/tunnel/hostname.h"
#include "common/tunnel/port.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::tunnel {
namespace {

Error invalid(std::string_view rule) {
  return Error{ErrorKind::invalid, std::string("edge address: ").append(rule)};
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

struct Parts {
  std::string_view host;
  std::string_view port;
  bool bracketed = false;
  bool has_port = false;
};

Result<Parts> split(std::string_view text) {
  Parts parts{text, {}, false, false};
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return invalid("the closing bracket is missing");
    parts.bracketed = true;
    parts.host = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    if (text.empty()) return parts;
    if (!text.starts_with(':')) return invalid("after the bracket comes :port");
    parts.has_port = true;
    parts.port = text.substr(1);
    return parts;
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return parts;
  if (text.find(':', colon + 1) != std::string_view::npos) {
    return invalid("write an IPv6 address in brackets, as in [fd00::1]:7844");
  }
  parts.has_port = true;
  parts.host = text.substr(0, colon);
  parts.port = text.substr(colon + 1);
  return parts;
}

constexpr std::string_view srv_prefix = "srv:";
constexpr std::string_view srv_labels = "_outhaul._tcp.";

bool is_ipv6(const std::string& host) {
  return host.find(':') != std::string::npos;
}

}  // namespace

Result<EdgeAddress> EdgeAddress::parse(std::string_view text) {
  OUTHAUL_TRY(parts, split(text));
  EdgeAddress address{.host = lower(parts.host), .port = default_edge_port};
  if (parts.has_port) {
    auto port = parse_port(parts.port);
    if (!port) return invalid(port.error().message);
    address.port = *port;
  }
  if (parts.bracketed) {
    auto parsed = IpAddress::parse_v6(address.host);
    if (!parsed) return invalid(parsed.error().message);
    return address;
  }
  if (IpAddress::parse_v4(address.host)) return address;
  if (auto valid = validate_hostname(address.host); !valid) return invalid(valid.error().message);
  return address;
}

Result<EdgeAddress> EdgeAddress::parse_or_srv(std::string_view text) {
  if (text.starts_with(srv_labels)) {
    return invalid("write srv:NAME for the SRV records of _outhaul._tcp.NAME");
  }
  if (!text.starts_with(srv_prefix)) return parse(text);
  EdgeAddress address{.host = lower(text.substr(srv_prefix.size())), .srv = true};
  if (address.host.starts_with(srv_labels)) {
    return invalid("write srv:NAME without _outhaul._tcp, which is added to it");
  }
  if (address.host.find(':') != std::string::npos) {
    return invalid("srv:NAME has no port; the SRV records name one");
  }
  if (auto valid = validate_hostname(address.host); !valid) return invalid(valid.error().message);
  return address;
}

std::string EdgeAddress::to_string() const {
  if (srv) return std::string(srv_prefix) + host;
  const std::string shown = is_ipv6(host) ? "[" + host + "]" : host;
  return shown + ":" + std::to_string(port);
}

std::string EdgeAddress::host_field() const {
  if (port != https_port) return to_string();
  return is_ipv6(host) ? "[" + host + "]" : host;
}

}  // namespace outhaul::tunnel
