#pragma once

#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/base/uuid.h"
#include "common/net/socket_address.h"
#include "common/net/tls_context.h"
#include "common/tunnel/concealed_key.h"

namespace outhaul::bench {

/// A tunnel and a certificate made for one run of the splice.
struct Credentials {
  Uuid tunnel_id;
  tunnel::PublicKey agent_key{};
  /// Secret: what the agent's --token-file holds.
  std::string token;
  std::shared_ptr<const net::TlsServerContext> tls;
};

/// `edge` is where agents will dial; the token pins the authority that signed the certificate.
Result<Credentials> make_credentials(const net::SocketAddress& edge);

/// Writes a file that only its owner can read, replacing what was there.
Result<void> write_private_file(const std::string& path, const std::string& text);

}  // namespace outhaul::bench
