#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace outhaul::dns {

/// One SRV record (RFC 2782): where a service of a domain is offered.
struct ServiceRecord {
  /// Lower is tried first.
  std::uint16_t priority = 0;
  /// Share among the records of the same priority.
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  /// Canonical host name. Empty: the domain says that it does not offer the service at all.
  std::string target;
  /// Seconds this record may be used, as the server said.
  std::uint32_t ttl_s = 0;

  friend bool operator==(const ServiceRecord&, const ServiceRecord&) = default;
};

/// A number from 0 to `bound` - 1; `bound` is at least 1.
using RandomBelow = std::function<std::uint32_t(std::uint32_t bound)>;

/// From the system's random numbers.
std::uint32_t random_below(std::uint32_t bound);

/// The order in which to try the records: by priority, and within one priority drawn by weight, so
/// that each record comes first as often as its weight says (RFC 2782, "Usage rules").
std::vector<ServiceRecord> service_order(std::vector<ServiceRecord> records,
                                         const RandomBelow& random);

}  // namespace outhaul::dns
