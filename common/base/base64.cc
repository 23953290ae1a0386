#include "common/base/base64.h"

#include <array>
#include <cstdint>

namespace outhaul {
namespace {

constexpr std::string_view standard_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::uint8_t not_in_alphabet = 0xff;
using DecodeTable = std::array<std::uint8_t, 256>;

constexpr DecodeTable make_decode_table(std::string_view alphabet) {
  DecodeTable table{};
  table.fill(not_in_alphabet);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}

constexpr DecodeTable standard_table = make_decode_table(standard_alphabet);
constexpr DecodeTable url_table = make_decode_table(url_alphabet);

std::string encode(Bytes bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  unsigned bit_count = 0;
  for (std::byte byte : bytes) {
    bits = (bits << 8) | std::to_integer<std::uint32_t>(byte);
    bit_count += 8;
    while (bit_count >= 6) {
      bit_count -= 6;
      text.push_back(alphabet[(bits >> bit_count) & 0x3f]);
    }
  }
  if (bit_count > 0) text.push_back(alphabet[(bits << (6 - bit_count)) & 0x3f]);
  return text;
}

Error invalid(std::string_view rule) {
  return Error{ErrorKind::invalid, std::string("base64: ").append(rule)};
}

/// Decodes characters without any padding.
Result<std::vector<std::byte>> decode(std::string_view text, const DecodeTable& table) {
  if (text.size() % 4 == 1) return invalid("the text is cut short or has a character too many");
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned bit_count = 0;
  for (char c : text) {
    const std::uint8_t value = table[static_cast<unsigned char>(c)];
    if (value == not_in_alphabet) return invalid("a character is not in the alphabet");
    bits = (bits << 6) | value;
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      bytes.push_back(static_cast<std::byte>((bits >> bit_count) & 0xff));
    }
  }
  if ((bits & ((1U << bit_count) - 1U)) != 0) return invalid("unused trailing bits are not zero");
  return bytes;
}

std::string_view without_padding(std::string_view text) {
  for (int i = 0; i < 2 && text.ends_with('='); ++i)
    text.remove_suffix(1);
  return text;
}

}  // namespace

std::string base64_encode(Bytes bytes) {
  std::string text = encode(bytes, standard_alphabet);
  while (text.size() % 4 != 0)
    text.push_back('=');
  return text;
}

Result<std::vector<std::byte>> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return invalid("the padded length is not a multiple of four");
  return decode(without_padding(text), standard_table);
}

std::string base64url_encode(Bytes bytes) {
  return encode(bytes, url_alphabet);
}

Result<std::vector<std::byte>> base64url_decode(std::string_view text, Base64Padding padding) {
  if (padding == Base64Padding::optional && text.ends_with('=')) {
    if (text.size() % 4 != 0) return invalid("the padded length is not a multiple of four");
    text = without_padding(text);
  }
  return decode(text, url_table);
}

}  // namespace outhaul
