#include "edge/random_name.h"

#include <stdexcept>
#include <vector>

#include <openssl/rand.h>

#include "common/base/hex.h"

namespace outhaul::edge {

std::string random_name(std::size_t bytes) {
  std::vector<std::byte> random(bytes);
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(bytes)) != 1) {
    throw std::runtime_error("no random bytes: OpenSSL's generator is not seeded");
  }
  return hex_encode(random);
}

}  // namespace outhaul::edge
