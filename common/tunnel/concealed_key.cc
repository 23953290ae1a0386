#include "common/tunnel/concealed_key.h"

#include <stdexcept>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

namespace outhaul::tunnel {
namespace {

constexpr std::string_view derivation_info = "tunnel-agent ed25519 v1";

const unsigned char* octets(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* octets(MutableBytes bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

struct ContextDeleter {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
template <typename Type>
using Owned = std::unique_ptr<Type, ContextDeleter>;

[[noreturn]] void fail(const char* operation) {
  ERR_clear_error();
  throw std::runtime_error(std::string("OpenSSL cannot ").append(operation));
}

void derive_seed(const Uuid& tunnel_id, const TunnelSecret& secret, MutableBytes seed) {
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr));
  const Bytes salt = tunnel_id.bytes();
  const Bytes key = secret.bytes();
  const Bytes info = as_bytes(derivation_info);
  std::size_t length = seed.size();
  if (context == nullptr || EVP_PKEY_derive_init(context.get()) <= 0 ||
      EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha256()) <= 0 ||
      EVP_PKEY_CTX_set1_hkdf_salt(context.get(), octets(salt), static_cast<int>(salt.size())) <=
          0 ||
      EVP_PKEY_CTX_set1_hkdf_key(context.get(), octets(key), static_cast<int>(key.size())) <= 0 ||
      EVP_PKEY_CTX_add1_hkdf_info(context.get(), octets(info), static_cast<int>(info.size())) <=
          0 ||
      EVP_PKEY_derive(context.get(), octets(seed), &length) <= 0 || length != seed.size()) {
    fail("derive a key with HKDF-SHA256");
  }
}

}  // namespace

void ConcealedKey::KeyDeleter::operator()(EVP_PKEY* key) const {
  EVP_PKEY_free(key);
}

ConcealedKey::ConcealedKey(KeyPointer key, const PublicKey& public_key)
    : key_(std::move(key)), public_key_(public_key) {}

ConcealedKey ConcealedKey::derive(const Uuid& tunnel_id, const TunnelSecret& secret) {
  std::array<std::byte, 32> seed{};
  derive_seed(tunnel_id, secret, seed);
  KeyPointer key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(Bytes(seed)), seed.size()));
  wipe_memory(seed);
  PublicKey public_key{};
  std::size_t length = public_key.size();
  if (key == nullptr ||
      EVP_PKEY_get_raw_public_key(key.get(), octets(MutableBytes(public_key)), &length) != 1 ||
      length != public_key.size()) {
    fail("make an Ed25519 key");
  }
  return ConcealedKey(std::move(key), public_key);
}

Signature ConcealedKey::sign(Bytes message) const {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  Signature signature{};
  std::size_t length = signature.size();
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), octets(MutableBytes(signature)), &length, octets(message),
                     message.size()) != 1 ||
      length != signature.size()) {
    fail("sign with Ed25519");
  }
  return signature;
}

bool verify_signature(const PublicKey& key, Bytes message, const Signature& signature) {
  const Owned<EVP_PKEY> public_key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(Bytes(key)), key.size()));
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  const bool valid =
      public_key != nullptr && context != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key.get()) == 1 &&
      EVP_DigestVerify(context.get(), octets(Bytes(signature)), signature.size(), octets(message),
                       message.size()) == 1;
  // A refused signature leaves entries that a later SSL call would take for its own.
  ERR_clear_error();
  return valid;
}

}  // namespace outhaul::tunnel
