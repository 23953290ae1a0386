#include "common/base/uuid.h"

#include <stdexcept>

#include <openssl/rand.h>

#include "common/base/bytes.h"
#include "common/base/hex.h"

namespace outhaul {
namespace {

constexpr std::size_t text_length = 36;

constexpr bool is_dash_position(std::size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

Error not_canonical() {
  return Error{ErrorKind::invalid, "not a UUID: write it in lower case as 8-4-4-4-12 digits"};
}

}  // namespace

Result<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != text_length) return not_canonical();
  std::array<std::byte, 16> bytes{};
  std::size_t digit = 0;
  for (std::size_t i = 0; i < text_length; ++i) {
    if (is_dash_position(i)) {
      if (text[i] != '-') return not_canonical();
      continue;
    }
    const int value = hex_digit_value(text[i]);
    const bool upper_case = text[i] >= 'A' && text[i] <= 'F';
    if (value < 0 || upper_case) return not_canonical();
    bytes[digit / 2] = (bytes[digit / 2] << 4) | static_cast<std::byte>(value);
    ++digit;
  }
  return Uuid(bytes);
}

Uuid Uuid::random() {
  std::array<std::byte, 16> bytes{};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) !=
      1) {
    throw std::runtime_error("the system gives no random bytes");
  }
  bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};  // version 4
  bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};  // variant of RFC 9562
  return Uuid(bytes);
}

std::string Uuid::to_string() const {
  std::string text = hex_encode(bytes_);
  for (std::size_t position : {std::size_t{8}, std::size_t{13}, std::size_t{18}, std::size_t{23}}) {
    text.insert(position, 1, '-');
  }
  return text;
}

}  // namespace outhaul

std::size_t std::hash<outhaul::Uuid>::operator()(const outhaul::Uuid& uuid) const noexcept {
  return std::hash<std::string_view>{}(outhaul::as_text(uuid.bytes()));
}
