#include "common/tunnel/secret.h"

#include <algorithm>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace outhaul::tunnel {

void wipe_memory(MutableBytes bytes) {
  if (!bytes.empty()) OPENSSL_cleanse(bytes.data(), bytes.size());
}

Result<TunnelSecret> TunnelSecret::from_bytes(Bytes bytes) {
  if (bytes.size() != size) {
    return Error{ErrorKind::invalid, "the tunnel secret must have exactly 32 bytes"};
  }
  TunnelSecret secret;
  std::copy(bytes.begin(), bytes.end(), secret.bytes_.begin());
  return secret;
}

TunnelSecret TunnelSecret::random() {
  TunnelSecret secret;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(secret.bytes_.data()), static_cast<int>(size)) !=
      1) {
    throw std::runtime_error("the system gives no random bytes");
  }
  return secret;
}

TunnelSecret::TunnelSecret(TunnelSecret&& other) noexcept : bytes_(other.bytes_) {
  other.wipe();
}

TunnelSecret& TunnelSecret::operator=(TunnelSecret&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    other.wipe();
  }
  return *this;
}

TunnelSecret::~TunnelSecret() {
  wipe();
}

void TunnelSecret::wipe() {
  wipe_memory(bytes_);
}

}  // namespace outhaul::tunnel
