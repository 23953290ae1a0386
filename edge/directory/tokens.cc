#include "edge/directory/tokens.h"

#include <array>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "common/base/base64.h"
#include "common/tunnel/concealed_key.h"
#include "common/tunnel/secret.h"

namespace outhaul::edge {
namespace {

constexpr std::string_view kBindingPrefix = "ohb_";
constexpr std::size_t kMaxEdges = 32;

}  // namespace

Result<TunnelCredential> make_tunnel_credential(const Uuid& id, const EdgeAddresses& addresses) {
  if (addresses.edges.empty() || addresses.edges.size() > kMaxEdges) {
    return Error{ErrorKind::invalid,
                 "edge addresses: a token needs 1 to 32 of them; configure the public addresses "
                 "that agents dial"};
  }
  if (addresses.pins.size() > tunnel::pin_count_maximum) {
    return Error{ErrorKind::invalid, "pins: a token takes at most 4; configure fewer"};
  }
  tunnel::Token token{id, tunnel::TunnelSecret::random(), addresses.edges, addresses.pins};
  const auto key = tunnel::ConcealedKey::derive(id, token.secret);
  return TunnelCredential{tunnel::serialize_token(token), key.public_key()};
}

BindingCredential make_binding_credential() {
  std::array<std::byte, 32> random{};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), random.size()) != 1) {
    throw std::runtime_error("no random bytes from OpenSSL");
  }
  BindingCredential credential{std::string(kBindingPrefix) + base64url_encode(random), {}};
  OPENSSL_cleanse(random.data(), random.size());
  credential.hash = hash_token(credential.token);
  return credential;
}

TokenHash hash_token(std::string_view token) {
  TokenHash hash{};
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(),
         reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

}  // namespace outhaul::edge
