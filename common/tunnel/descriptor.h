#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/base/uuid.h"
#include "common/tunnel/hostname.h"

namespace outhaul::tunnel {

enum class ServiceType : std::uint8_t { http, tcp };
enum class ServiceScheme : std::uint8_t { http, https, tcp, tls };
enum class TlsVerification : std::uint8_t { verify_full, verify_ca, disabled };

/// The names used in the descriptor, e.g. "verify_full".
std::string_view to_string(ServiceType type);
std::string_view to_string(ServiceScheme scheme);
std::string_view to_string(TlsVerification verification);

/// An address as it was written, because a CONNECT authority must repeat that text, and parsed.
struct LiteralAddress {
  std::string text;
  IpAddress address;
  friend bool operator==(const LiteralAddress&, const LiteralAddress&) = default;
};

inline constexpr std::uint16_t dns_port = 53;

struct ResolverAddress {
  LiteralAddress ip;
  std::uint16_t port = dns_port;
  friend bool operator==(const ResolverAddress&, const ResolverAddress&) = default;
};

/// What the edge tells the agent about the target of one request: the field Tunnel-Service
/// (protocol section 3). A value that parse_descriptor() returned satisfies every rule there.
struct Descriptor {
  Uuid id;
  ServiceType type = ServiceType::http;
  ServiceScheme scheme = ServiceScheme::http;
  /// Empty when the target is given by address.
  std::string hostname;
  std::optional<LiteralAddress> ipv4;
  std::optional<LiteralAddress> ipv6;
  std::uint16_t port = 0;
  /// The tunnel whose network resolves and dials; the caller compares it with its own.
  Uuid net;
  /// Empty: the system's resolver.
  std::vector<ResolverAddress> resolver_ips;
  /// Meaningful for https and tls only.
  TlsVerification tls = TlsVerification::verify_full;
  /// Empty: not given.
  std::string sni;
  /// A hint without effect on routing; empty: not given.
  std::string app;

  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

inline constexpr std::size_t descriptor_size_maximum = 1024;

/// Parses the value of the one Tunnel-Service line. Error kind `invalid`, to be answered 400; the
/// message names the key and the rule.
Result<Descriptor> parse_descriptor(std::string_view field_value);

/// The same for all lines of the field in a request: exactly one is allowed.
Result<Descriptor> parse_descriptor_lines(std::span<const std::string_view> lines);

/// The canonical text. Asserts that the values can be written: a hand-made descriptor has passed
/// check_descriptor().
std::string serialize(const Descriptor& descriptor);

/// Every rule of the table that ties keys together, and the syntax of the texts. For the edge,
/// which builds descriptors from its directory.
Result<void> check_descriptor(const Descriptor& descriptor);

/// The `:authority` that a plain CONNECT for this service must carry: hostname, else ipv4, else
/// [ipv6] exactly as in the descriptor, and the port.
std::string connect_authority(const Descriptor& descriptor);

}  // namespace outhaul::tunnel
