#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/dns/resolution.h"
#include "common/tunnel/descriptor.h"

namespace outhaul::agent {

/// Which address family a service is reached over. `first` orders, `only` leaves the other one out.
enum class OriginFamily : std::uint8_t { automatic, ipv4_first, ipv4_only, ipv6_first, ipv6_only };

/// "auto", "ipv4-first", "ipv4-only", "ipv6-first" or "ipv6-only". Error kind `invalid`.
Result<OriginFamily> parse_origin_family(std::string_view text);
std::string_view to_string(OriginFamily family);

/// What DNS is asked for; automatic asks for both.
dns::FamilyPreference families_to_ask(OriginFamily family);

/// How the addresses of one service are found, beyond what the edge's descriptor says.
struct LookupPreferences {
  /// Automatic: what the agent prefers for all services.
  OriginFamily family = OriginFamily::automatic;
  /// The service's name in SRV records, without its underscore: "http" asks for
  /// _http._tcp.HOSTNAME. Empty: no SRV records. Without effect where the target is an address.
  std::string srv;
};

/// A name of a service as RFC 6335 section 5.1 has it: 1-15 letters, digits and inner hyphens, with
/// a letter among them; lower case here. Error kind `invalid`.
Result<std::string> parse_srv_name(std::string_view text);

/// The name for a service whose settings say that it has SRV records, but not which: the
/// descriptor's `app`, else "http" or "https". Error kind `invalid` for a tcp service without `app`
/// or with one that is no such name.
Result<std::string> default_srv_name(const tunnel::Descriptor& descriptor);

}  // namespace outhaul::agent
