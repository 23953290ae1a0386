#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/uuid.h"
#include "common/tunnel/token.h"
#include "edge/directory/model.h"

namespace outhaul::edge {

/// Making credentials. The secret part is handed out once and never stored.

/// What every agent must know beside its tunnel: where the edge is, and how to know it again.
struct EdgeAddresses {
  std::vector<tunnel::EdgeAddress> edges;  ///< 1 to 32
  std::vector<tunnel::Pin> pins;           ///< 0 to 4; none: the agent's trust store decides
};

struct TunnelCredential {
  std::string token;  ///< secret: for the tunnel's owner only
  PublicKey public_key;
};

/// A fresh secret for tunnel `id`. Error (invalid): the numbers of edges or pins are out of range.
/// Throws std::runtime_error without entropy.
Result<TunnelCredential> make_tunnel_credential(const Uuid& id, const EdgeAddresses& addresses);

struct BindingCredential {
  std::string token;  ///< secret: for the binding's owner only
  TokenHash hash;
};

/// "ohb_" and 32 random bytes in base64url. Throws std::runtime_error without entropy.
BindingCredential make_binding_credential();

/// SHA-256. Plain, because a token is 256 random bits: there is nothing to guess.
TokenHash hash_token(std::string_view token);

}  // namespace outhaul::edge
