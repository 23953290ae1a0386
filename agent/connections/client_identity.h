#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/uuid.h"
#include "common/net/key_pair.h"

namespace outhaul::agent {

/// What an agent shows to an edge of the profile `rhttp` in mutual TLS (protocol.md section 2.2).
struct ClientIdentity {
  net::KeyPair key_pair;
  /// Of the certificate.
  std::chrono::system_clock::time_point not_after;
};

/// Reads the PEM files of certificate chain and key. The key's file must be as private as a
/// token's, the key must be the certificate's, and the certificate that of the tunnel. Errors name
/// the file; one about the tunnel shows both ids.
Result<ClientIdentity> load_client_identity(const std::string& certificate, const std::string& key,
                                            const Uuid& tunnel_id);

/// Whether the first certificate of a PEM text is that of the tunnel: one of its names is the URI
/// `urn:uuid:<tunnel id>`; without any `urn:uuid:` among them, the common name is the id. `name`
/// stands for the certificate in messages.
Result<void> check_certificate_tunnel(std::string_view pem, const std::string& name,
                                      const Uuid& tunnel_id);

}  // namespace outhaul::agent
