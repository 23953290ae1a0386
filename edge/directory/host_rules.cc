#include "edge/directory/host_rules.h"

#include <algorithm>
#include <cstddef>

#include "common/base/ip_address.h"
#include "common/tunnel/hostname.h"
#include "common/tunnel/port.h"

namespace outhaul::edge {
namespace {

constexpr std::size_t kMaxAppProtocolBytes = 64;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

Error invalid(std::string_view rule) {
  return {ErrorKind::invalid, std::string(rule)};
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace

Result<std::string> canonical_hostname(std::string_view text) {
  std::string name = lower(text);
  if (IpAddress::parse(name)) return invalid("is an IP address; write it as ipv4 or ipv6");
  OUTHAUL_CHECK(tunnel::validate_hostname(name));
  return name;
}

Result<std::string> canonical_ipv4(std::string_view text) {
  const auto address = IpAddress::parse_v4(text);
  if (!address) return invalid("must be an IPv4 address such as \"10.0.0.5\"");
  return address->to_string();
}

Result<std::string> canonical_ipv6(std::string_view text) {
  const auto address = IpAddress::parse_v6(text);
  if (!address) {
    return invalid("must be an IPv6 address such as \"fd00::5\", without brackets and zone");
  }
  if (address->is_v4_mapped()) return invalid("must not be an IPv4-mapped address; use ipv4");
  return address->to_string();
}

Result<std::string> canonical_resolver(std::string_view text) {
  const Error bad = invalid(
      "must be \"ip\", \"ip:port\" or \"[ipv6]:port\", such as \"10.0.0.53\" or "
      "\"[fd00::53]:5353\"");
  if (!text.starts_with('[')) {
    if (auto v6 = canonical_ipv6(text)) return v6;
    const std::size_t colon = text.find(':');
    auto v4 = canonical_ipv4(text.substr(0, colon));
    if (!v4) return bad;
    if (colon == std::string_view::npos) return v4;
    const std::string_view port = text.substr(colon + 1);
    if (!tunnel::parse_port(port)) return bad;
    return *std::move(v4) + ":" + std::string(port);
  }
  const std::size_t bracket = text.find("]:");
  if (bracket == std::string_view::npos) return bad;
  const auto v6 = canonical_ipv6(text.substr(1, bracket - 1));
  const std::string_view port = text.substr(bracket + 2);
  if (!v6 || !tunnel::parse_port(port)) return bad;
  return "[" + *v6 + "]:" + std::string(port);
}

Result<std::string> canonical_app_protocol(std::string_view text) {
  std::string name = lower(text);
  const bool token = !name.empty() && name.size() <= kMaxAppProtocolBytes && is_lower(name[0]) &&
                     std::all_of(name.begin(), name.end(), [](char c) {
                       return is_lower(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
                     });
  if (!token) {
    return invalid(
        "must be a word such as \"postgresql\": at most 64 letters, digits, '-', '_', "
        "'.', beginning with a letter");
  }
  return name;
}

}  // namespace outhaul::edge
