#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/dns/answer.h"
#include "common/dns/server_set.h"

namespace outhaul::dns {

enum class FamilyPreference : std::uint8_t { v6_first, v4_first, v6_only, v4_only };

/// How an answer was come by.
enum class Source : std::uint8_t {
  server,      ///< asked for this lookup, or together with another one
  cache,       ///< within its TTL
  stale,       ///< past it, because the servers did not answer
  hosts_file,  ///< the machine's hosts file
  pending,     ///< not waited for: the other family was there and this one late
};

/// "server", "cache", "stale", "hosts file", "late".
std::string_view to_string(Source source);

/// What was learned about one family, or about a service, for people who ask why.
struct FamilyReport {
  RecordType type = RecordType::a;
  Source source = Source::pending;
  /// Without meaning if pending.
  Answer answer;
};

/// The addresses of a name.
struct Resolution {
  /// Canonical.
  std::string name;
  /// At least one, in the order in which they should be dialled: families alternate, beginning
  /// with the preferred one (RFC 8305 section 4).
  std::vector<Address> addresses;
  std::vector<FamilyReport> families;
};

/// A resolution or what went wrong, with what was learned in either case.
struct Outcome {
  /// `addresses` is empty exactly when there is an error.
  Resolution resolution;
  /// invalid (not a host name), dns_timeout or dns_failure.
  std::optional<Error> error;
  /// Whose servers were responsible; the system's also where its hosts file knew the name.
  ServerSet servers;
  /// For the `rcode` parameter of Proxy-Status: "NXDOMAIN", "NODATA", "SERVFAIL"... Empty when no
  /// server gave a code.
  std::string rcode;
};

/// Alternates the families, beginning with the preferred one; within a family the server's order.
std::vector<Address> dial_order(std::vector<Address> v6, std::vector<Address> v4,
                                FamilyPreference preference);

/// Makes the outcome of a lookup from what each family gave.
Outcome make_outcome(std::string name, std::vector<FamilyReport> families,
                     FamilyPreference preference);

}  // namespace outhaul::dns
