#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/base/uuid.h"

namespace outhaul::agent {

/// An inclusive range of ports.
struct PortRange {
  std::uint16_t first = 1;
  std::uint16_t last = 65535;

  bool contains(std::uint16_t port) const { return port >= first && port <= last; }
  bool is_single() const { return first == last; }
  friend bool operator==(const PortRange&, const PortRange&) = default;
};

/// "api.internal", or everything below a suffix: "*.corp.internal".
struct HostPattern {
  /// Without the "*.".
  std::string name;
  bool below = false;

  bool matches(std::string_view hostname) const;
  friend bool operator==(const HostPattern&, const HostPattern&) = default;
};

/// What --permit, --allow and --deny take:
///
///   service:e6a0817c-79c5-40ca-9776-a1c019defe70    a service id
///   api.internal   *.corp.internal                  host names, as the service names them
///   10.0.0.5   10.0.0.0/8   fd00::/8                addresses and ranges
///
/// each with an optional :PORT or :PORT-PORT; IPv6 is then in brackets, as in [fd00::/8]:443.
struct Rule {
  std::variant<Uuid, HostPattern, IpPrefix> subject;
  /// None: every port.
  std::optional<PortRange> ports;

  /// Error kind `invalid`; the message quotes the rule and has the fix.
  static Result<Rule> parse(std::string_view text);
  /// Text that parse() reads back.
  std::string to_string() const;

  bool covers_port(std::uint16_t port) const { return !ports || ports->contains(port); }
  bool names_addresses() const { return std::holds_alternative<IpPrefix>(subject); }
  bool matches_service(const Uuid& id) const;
  /// False for an empty host name.
  bool matches_host(std::string_view hostname) const;
  bool matches_address(const IpAddress& address) const;
  /// Whether it names exactly this one address and port.
  bool names_endpoint(const IpAddress& address, std::uint16_t port) const;

  friend bool operator==(const Rule&, const Rule&) = default;
};

/// The rule for one address and port: "127.0.0.1:8080", "[::1]:8080".
std::string endpoint_text(const IpAddress& address, std::uint16_t port);

}  // namespace outhaul::agent
