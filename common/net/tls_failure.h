#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/net/peer_verification.h"

namespace outhaul::net {

/// What a TLS call left in this thread's OpenSSL error queue, as an Error.
struct TlsFailure {
  Error error;
  /// The alert that the peer sent, when that is what ended the connection.
  std::optional<std::uint8_t> alert;
};

struct TlsFailureContext {
  /// Starts the message: "TLS handshake with api.internal".
  std::string_view doing;
  /// What the peer's certificate should have been for.
  std::string_view expected_name;
  const PeerFailure& peer;
  /// What the peer sent first, up to some bytes: a peer without TLS gives itself away. Empty after
  /// the handshake.
  Bytes first_bytes;
};

/// Empties the queue. Kind tls_certificate, tls_alert or tls_protocol.
TlsFailure take_tls_failure(const TlsFailureContext& context);

}  // namespace outhaul::net
