#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.h"
#include "common/base/result.h"

namespace outhaul::dns {

/// Where a DNS server listens, for UDP and TCP.
struct ServerAddress {
  IpAddress ip;
  std::uint16_t port = 53;

  /// "10.0.0.53", "10.0.0.53:5353", "fd00::53" or "[fd00::53]:5353". Error kind `invalid`.
  static Result<ServerAddress> parse(std::string_view text);
  /// With the port, and brackets around IPv6.
  std::string to_string() const;

  friend bool operator==(const ServerAddress&, const ServerAddress&) = default;
  friend auto operator<=>(const ServerAddress&, const ServerAddress&) = default;
};

/// Whose answers count: the machine's own configuration, or a list of servers in order of
/// preference, given for one service or for the names below a suffix. Two sets never share a
/// cache, a query or a channel.
class ServerSet {
 public:
  /// The servers of resolv.conf, whatever they are at the time.
  static ServerSet system() { return {}; }
  /// At least one server; those after the eighth are ignored. Asserts that there is one.
  static ServerSet of(std::vector<ServerAddress> servers);
  /// The operator's servers for `suffix` and the names below it; another set than the same servers
  /// without it. Otherwise like of().
  static ServerSet of_suffix(std::string suffix, std::vector<ServerAddress> servers);

  bool is_system() const { return servers_.empty(); }
  const std::vector<ServerAddress>& servers() const { return servers_; }
  /// Empty unless made by of_suffix().
  const std::string& suffix() const { return suffix_; }
  /// "system", or the servers with commas, after the suffix and "=" if there is one.
  std::string to_string() const;

  friend bool operator==(const ServerSet&, const ServerSet&) = default;
  friend auto operator<=>(const ServerSet&, const ServerSet&) = default;

 private:
  std::string suffix_;
  std::vector<ServerAddress> servers_;
};

}  // namespace outhaul::dns
