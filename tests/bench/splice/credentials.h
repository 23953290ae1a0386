#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/base/uuid.h"
#include "common/net/key_pair.h"
#include "common/net/socket_address.h"
#include "common/net/tls_context.h"
#include "common/tunnel/concealed_key.h"

namespace outhaul::bench {

/// How agents introduce themselves (protocol.md section 2).
enum class Profile : std::uint8_t { ptth, rhttp };

/// A tunnel and a certificate made for one run of the splice.
struct Credentials {
  Profile profile = Profile::ptth;
  Uuid tunnel_id;
  tunnel::PublicKey agent_key{};
  /// Secret: what the agent's --token-file holds.
  std::string token;
  /// Of profile rhttp: what the agent shows, and the authority of both ends.
  net::KeyPair agent_pair;
  std::string authority_pem;
  std::shared_ptr<const net::TlsServerContext> tls;
};

/// `edge` is where agents will dial; the token pins the authority that signed the certificate.
Result<Credentials> make_credentials(const net::SocketAddress& edge, Profile profile);

/// Writes a file that only its owner can read, replacing what was there.
Result<void> write_private_file(const std::string& path, const std::string& text);

}  // namespace outhaul::bench
