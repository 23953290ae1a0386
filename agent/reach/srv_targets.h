#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/dns/service_lookup.h"

namespace outhaul::agent {

/// The service that edges are found by: _outhaul._tcp.NAME.
inline constexpr std::string_view edge_service = "outhaul";

/// What the agent trusts about an edge's certificate.
enum class EdgeTrust : std::uint8_t {
  pins,         ///< only certificates below keys that the token names: never anybody else's
  authorities,  ///< any name that an authority vouches for
};

/// The name that the certificate of an edge has to be for, when SRV records of `domain` lead to
/// `target`. DNS is not trusted: whoever can forge an answer must not choose the name that is
/// verified, or his own certificate would do. With pins the chain decides, and the target's name is
/// as good as any. Else it is the target's only if that is `domain` or below it; any other target
/// has to show a certificate for `domain` itself (RFC 6125: the reference identity comes from what
/// the operator wrote).
std::string name_to_verify(const std::string& target, const std::string& domain, EdgeTrust trust);

/// What else counts for the order of targets, besides RFC 2782.
struct SrvPreferences {
  /// "host:port" of the one that failed last; it is tried last.
  std::string failed;
  /// "host:port" of the one that all other connections of the agent use, if there is only one; the
  /// other targets of its priority come first.
  std::string crowded;
};

/// "edge1.example.net:7844"
std::string target_text(const dns::ServiceRecord& record);

/// Puts targets, which are in the order of RFC 2782, into the order to try them.
void order_targets(std::vector<dns::ServiceTarget>& targets, const SrvPreferences& preferences);

}  // namespace outhaul::agent
