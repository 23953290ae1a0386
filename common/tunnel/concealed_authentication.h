#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "common/base/uuid.h"
#include "common/tunnel/concealed_key.h"

/// Concealed HTTP authentication (RFC 9729) with Ed25519, as the profile `ptth` uses it
/// (protocol section 2.1). TLS stays outside: both ends ask it for 48 bytes of keying material
/// under `concealed_exporter_label` (ptth_names.h) with the context made here.
namespace outhaul::tunnel {

/// Signature scheme 2055 = 0x0807 = ed25519 (RFC 8446 section 4.2.3).
inline constexpr std::uint16_t concealed_signature_scheme = 0x0807;

/// Keying material of the TLS connection: 32 bytes to sign, 16 to show that it is the same
/// connection.
using ExporterOutput = std::array<std::byte, 48>;

/// What `Host` says, host with brackets if it has them; never the socket's address.
struct HostAndPort {
  std::string host;
  std::uint16_t port = 443;
  friend bool operator==(const HostAndPort&, const HostAndPort&) = default;
};

/// Parses a `Host` value: `host[:port]`, lower case, IPv6 in brackets, port 443 if absent. Whether
/// the name is one of the edge's own is for the caller to check.
Result<HostAndPort> parse_host(std::string_view value);

/// The exporter's context: scheme, key id, public key, "https", host, port and an empty realm.
std::vector<std::byte> concealed_context(const Uuid& tunnel_id, const PublicKey& key,
                                         const HostAndPort& host);

/// What is signed: 64 spaces, a fixed text, a zero byte and the first 32 bytes of the exporter.
std::vector<std::byte> concealed_signature_input(const ExporterOutput& exporter);

/// The value of `Authorization` that an agent sends.
std::string concealed_authorization(const Uuid& tunnel_id, const ConcealedKey& key,
                                    const ExporterOutput& exporter);

/// An Authorization value taken apart; nothing in it is verified.
struct ConcealedCredentials {
  Uuid tunnel_id;
  PublicKey key{};
  std::array<std::byte, 16> verification{};
  Signature signature{};
};

/// Strict: exactly k, a, s, v and p, each once, unquoted and unpadded. Error kind `invalid`.
Result<ConcealedCredentials> parse_concealed(std::string_view authorization);

/// The request as the edge sees it. Everything is viewed, not copied.
struct ConcealedRequest {
  /// Request target of the GET.
  std::string_view path;
  /// The values of all Authorization lines.
  std::span<const std::string_view> authorization;
  /// Host, already accepted by the caller.
  HostAndPort host;
};

/// Asks the TLS connection for keying material with this context.
using Exporter = std::function<Result<ExporterOutput>(Bytes context)>;
/// The live public keys of a tunnel, at most two; empty when there is no such tunnel.
using KeyLookup = std::function<std::vector<PublicKey>(const Uuid& tunnel_id)>;

/// The edge's checks, in the order of the protocol. Returns the connection's identity, which is
/// `k` and never the path. The error's message is for the edge's log only: whoever asks gets 404
/// for every one of them, after the same work - a failed check goes on with substitutes up to and
/// including one signature verification.
Result<Uuid> verify_concealed(const ConcealedRequest& request, const Exporter& exporter,
                              const KeyLookup& keys);

}  // namespace outhaul::tunnel
