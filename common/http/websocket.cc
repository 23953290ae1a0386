#include "common/http/websocket.h"

#include <array>
#include <cstddef>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "common/base/base64.h"

namespace outhaul::http {

namespace {

constexpr std::size_t key_size = 16;
// RFC 6455 section 1.3.
constexpr std::string_view accept_suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

}  // namespace

std::string make_websocket_key() {
  std::array<unsigned char, key_size> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
    throw std::runtime_error("no random bytes for a WebSocket key");
  }
  return base64_encode(std::as_bytes(std::span(random)));
}

bool is_websocket_key(std::string_view key) {
  const auto decoded = base64_decode(key);
  return decoded && decoded->size() == key_size;
}

std::string websocket_accept(std::string_view key) {
  std::string text(key);
  text += accept_suffix;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
    throw std::runtime_error("SHA-1 is not available, WebSocket needs it");
  }
  return base64_encode(std::as_bytes(std::span(digest).first(size)));
}

}  // namespace outhaul::http
