#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/uuid.h"
#include "common/tunnel/concealed_key.h"
#include "common/tunnel/descriptor.h"

namespace outhaul::edge {

/// What the directory holds, as plain values. Whatever is in a Snapshot or in the store keeps the
/// rules written here; input is checked on its way in (service_json.h, check_name).

/// Milliseconds since 1970, UTC.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

Timestamp now();

/// RFC 3339 in UTC with milliseconds: "2026-11-24T05:40:00.000Z".
std::string to_rfc3339(Timestamp time);

/// An Ed25519 public key. The edge never keeps a private one.
using tunnel::PublicKey;

/// SHA-256 of a binding's token.
using TokenHash = std::array<std::byte, 32>;

struct Tunnel {
  Uuid id;
  std::string name;  ///< unique among the tunnels that are not deleted
  Timestamp created_at;
  /// Set: a tombstone. Its keys stay, so that its agents get a truthful 410, and nothing names it.
  std::optional<Timestamp> deleted_at;
  bool disabled = false;
  std::vector<PublicKey> public_keys;  ///< 1 or 2 (while rotating), oldest first
};

/// The same words as in the descriptor, which services become.
using tunnel::ServiceType;
using tunnel::TlsVerification;
std::optional<ServiceType> service_type_from(std::string_view text);
std::optional<TlsVerification> tls_verification_from(std::string_view text);

/// Exactly one of: hostname; ipv4; ipv6; ipv4 and ipv6. Empty text is "not set".
struct ServiceHost {
  std::string hostname;  ///< lower case, by the descriptor's rule
  std::string ipv4;      ///< dotted quad
  std::string ipv6;      ///< canonical text (RFC 5952), no brackets
};

/// The part of a service that its owner writes.
struct ServiceSpec {
  std::string name;  ///< unique
  ServiceType type = ServiceType::http;
  std::optional<std::uint16_t> http_port;   ///< type http; without both the ports are 80 and 443
  std::optional<std::uint16_t> https_port;  ///< type http
  std::optional<std::uint16_t> tcp_port;    ///< type tcp, required there
  std::string app_protocol;                 ///< type tcp; a hint ("postgresql"), empty for none
  ServiceHost host;
  Uuid tunnel_id;  ///< the network that resolves and dials
  /// With a hostname only: 0 to 4 of "ip", "ip:port", "[v6]:port". None: the tunnel's own resolver.
  std::vector<std::string> resolver_ips;
  std::optional<TlsVerification> tls;  ///< not set: verify_full wherever TLS is spoken
};

struct Service {
  Uuid id;
  ServiceSpec spec;
  Timestamp created_at;
  Timestamp updated_at;
};

/// A credential that may use exactly one service.
struct Binding {
  Uuid id;
  Uuid service_id;
  TokenHash token_hash{};
  std::string name;  ///< for people; empty for none; not unique
  Timestamp created_at;
};

/// An id as a client may write it: a UUID in either case.
std::optional<Uuid> parse_id(std::string_view text);

/// The rule for every name: 1..128 bytes of UTF-8 without control characters, no space at either
/// end, and nothing that reads as a UUID (routes take "id or name"). Error (invalid): "name: ...".
Result<void> check_name(std::string_view name);

}  // namespace outhaul::edge
