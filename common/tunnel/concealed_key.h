#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include <openssl/types.h>

#include "common/base/bytes.h"
#include "common/base/uuid.h"
#include "common/tunnel/secret.h"

namespace outhaul::tunnel {

/// Ed25519 (RFC 8032).
using PublicKey = std::array<std::byte, 32>;
using Signature = std::array<std::byte, 64>;

/// The private key of a tunnel's agents, derived from the tunnel's secret:
/// seed = HKDF-SHA256(ikm = secret, salt = 16-byte tunnel id, info = "tunnel-agent ed25519 v1").
/// OpenSSL holds the seed and wipes it.
class ConcealedKey {
 public:
  /// Throws std::runtime_error when OpenSSL cannot do it at all (no Ed25519, no memory).
  static ConcealedKey derive(const Uuid& tunnel_id, const TunnelSecret& secret);

  const PublicKey& public_key() const { return public_key_; }
  /// Throws std::runtime_error as derive() does.
  Signature sign(Bytes message) const;

 private:
  struct KeyDeleter {
    void operator()(EVP_PKEY* key) const;
  };
  using KeyPointer = std::unique_ptr<EVP_PKEY, KeyDeleter>;

  ConcealedKey(KeyPointer key, const PublicKey& public_key);

  KeyPointer key_;
  PublicKey public_key_;
};

/// False as well when `key` is no point of the curve.
bool verify_signature(const PublicKey& key, Bytes message, const Signature& signature);

}  // namespace outhaul::tunnel
