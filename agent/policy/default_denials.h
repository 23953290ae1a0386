#pragma once

#include <string_view>
#include <vector>

#include "common/base/ip_address.h"

namespace outhaul::agent {

/// A range that no service needs and that an edge could abuse (protocol section 5).
struct DefaultDenial {
  IpPrefix prefix;
  /// "loopback"
  std::string_view name;
};

/// The default denial that the address itself falls into, or null. Addresses that carry an IPv4
/// address in a tunnel format are judged by embedded_v4() as well.
const DefaultDenial* find_default_denial(const IpAddress& address);

/// The IPv4 addresses that the kernel or a relay would make of this IPv6 address: v4-mapped,
/// v4-compatible, NAT64 (64:ff9b::/96), 6to4, and both of Teredo (server and client). Empty for
/// every other address. 64:ff9b:1::/48 has no fixed place for one.
std::vector<IpAddress> embedded_v4(const IpAddress& address);

bool is_loopback(const IpAddress& address);

}  // namespace outhaul::agent
