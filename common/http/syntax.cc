#include "common/http/syntax.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace outhaul::http {
namespace {

enum CharacterClass : std::uint8_t {
  token_class = 1,
  field_class = 2,  // HTAB, SP, VCHAR, obs-text
  path_class = 4,   // VCHAR without "#"
  upper_class = 8,  // A-Z
  host_class = 16,  // unreserved and sub-delims of RFC 3986
};

constexpr bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

constexpr std::uint8_t classify(unsigned byte) {
  const char c = static_cast<char>(byte);
  const bool upper = c >= 'A' && c <= 'Z';
  const bool alphanumeric = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  unsigned classes = 0;
  if (alphanumeric || is_one_of(c, "!#$%&'*+-.^_`|~")) classes |= token_class;
  if (byte == 0x09 || (byte >= 0x20 && byte != 0x7f)) classes |= field_class;
  if (byte > 0x20 && byte < 0x7f && c != '#') classes |= path_class;
  if (upper) classes |= upper_class;
  if (alphanumeric || is_one_of(c, "-._~!$&'()*+,;=")) classes |= host_class;
  return static_cast<std::uint8_t>(classes);
}

constexpr std::array<std::uint8_t, 256> make_table() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte)
    table[byte] = classify(byte);
  return table;
}

constexpr std::array<std::uint8_t, 256> table = make_table();

/// The lower case of a tchar; 0 for everything else.
constexpr std::array<char, 256> make_lower_token_table() {
  std::array<char, 256> lower{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    if ((classify(byte) & token_class) != 0) lower[byte] = to_lower(static_cast<char>(byte));
  }
  return lower;
}

constexpr std::array<char, 256> lower_token_table = make_lower_token_table();

unsigned class_of(char c) {
  return table[static_cast<unsigned char>(c)];
}

bool all_of_class(std::string_view text, CharacterClass wanted) {
  return std::all_of(text.begin(), text.end(),
                     [wanted](char c) { return (class_of(c) & wanted) != 0; });
}

// Eight bytes at a time, each in its own byte of a word. What a function finds out about a byte is
// in that byte's top bit.
constexpr std::size_t word_bytes = sizeof(std::uint64_t);
constexpr std::uint64_t in_each_byte = 0x0101010101010101U;
constexpr std::uint64_t top_bits = 0x80 * in_each_byte;

constexpr std::size_t half_word_bytes = word_bytes / 2;

/// Four to seven bytes as a word: the first four and the last four, which overlap.
std::uint64_t short_word(std::string_view text) {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::memcpy(&first, text.data(), half_word_bytes);
  std::memcpy(&last, text.data() + text.size() - half_word_bytes, half_word_bytes);
  return first | std::uint64_t{last} << 32U;
}

/// The reverse of short_word().
void put_short_word(std::uint64_t word, std::size_t size, char* out) {
  const auto first = static_cast<std::uint32_t>(word);
  const auto last = static_cast<std::uint32_t>(word >> 32U);
  std::memcpy(out, &first, half_word_bytes);
  std::memcpy(out + size - half_word_bytes, &last, half_word_bytes);
}

std::uint64_t word_at(std::string_view text, std::size_t offset) {
  std::uint64_t word = 0;
  std::memcpy(&word, text.data() + offset, word_bytes);
  return word;
}

/// Not 0 when one of the eight bytes might be a control character: no false "no". HTAB gives a
/// false "yes", which the caller settles byte by byte.
std::uint64_t control_bits(std::uint64_t word) {
  const std::uint64_t delete_is_zero = word ^ (in_each_byte * 0x7fU);
  const std::uint64_t below_space = (word - in_each_byte * 0x20U) & ~word;
  const std::uint64_t is_delete = (delete_is_zero - in_each_byte) & ~delete_is_zero;
  return (below_space | is_delete) & top_bits;
}

/// Which bytes are within `low`..`high`. For bytes below 0x80; others give anything.
std::uint64_t range_bits(std::uint64_t word, char low, char high) {
  const std::uint64_t seven = word & ~top_bits;
  const std::uint64_t from_low = seven + in_each_byte * (0x80U - static_cast<unsigned char>(low));
  const std::uint64_t above = seven + in_each_byte * (0x7fU - static_cast<unsigned char>(high));
  return from_low & ~above & top_bits;
}

std::uint64_t lower_case(std::uint64_t word) {
  // From the top bit to 0x20. A byte that is not ASCII is left alone.
  return word | ((range_bits(word, 'A', 'Z') & ~word) >> 2U);
}

/// Which bytes are letters in lower case, digits or "-": nearly all of nearly every name.
std::uint64_t plain_name_bits(std::uint64_t word) {
  return (range_bits(word, 'a', 'z') | range_bits(word, '-', '-') | range_bits(word, '0', '9')) &
         ~word;
}

/// The slow way, byte by byte.
bool copy_token(std::string_view text, char* out) {
  bool is_token = !text.empty();
  for (const char c : text) {
    const char lower = lower_token_table[static_cast<unsigned char>(c)];
    is_token = is_token && lower != 0;
    *out++ = lower != 0 ? lower : c;
  }
  return is_token;
}

bool is_padded(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  return !text.empty() && (is_space(text.front()) || is_space(text.back()));
}

bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'f');
}

bool is_registered_name(std::string_view host) {
  for (std::size_t i = 0; i < host.size(); ++i) {
    if ((class_of(host[i]) & host_class) != 0) continue;
    const bool percent_encoded = host[i] == '%' && host.size() - i > 2 &&
                                 is_hex_digit(host[i + 1]) && is_hex_digit(host[i + 2]);
    if (!percent_encoded) return false;
    i += 2;
  }
  return !host.empty();
}

bool is_ipv6_text(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return false;
  std::copy(text.begin(), text.end(), terminated.begin());
  in6_addr address{};
  return inet_pton(AF_INET6, terminated.data(), &address) == 1;
}

}  // namespace

bool is_tchar(char c) {
  return (class_of(c) & token_class) != 0;
}

bool is_token(std::string_view text) {
  return !text.empty() && all_of_class(text, token_class);
}

bool is_lower_case_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (class_of(c) & (token_class | upper_class)) == token_class;
  });
}

bool copy_name(std::string_view text, char* out) {
  bool plain = text.size() >= word_bytes;
  if (plain) {
    const std::size_t last = text.size() - word_bytes;
    std::uint64_t strange = 0;
    // The last word overlaps the one before. Lower case of lower case is the same.
    for (std::size_t offset = 0;; offset = std::min(offset + word_bytes, last)) {
      const std::uint64_t lower = lower_case(word_at(text, offset));
      strange |= ~plain_name_bits(lower) & top_bits;
      std::memcpy(out + offset, &lower, word_bytes);
      if (offset == last) break;
    }
    plain = strange == 0;
  } else if (text.size() >= half_word_bytes) {
    const std::uint64_t lower = lower_case(short_word(text));
    put_short_word(lower, text.size(), out);
    plain = (~plain_name_bits(lower) & top_bits) == 0;
  }
  return plain || copy_token(text, out);
}

bool copy_value(std::string_view text, char* out) {
  if (text.size() < half_word_bytes) {
    std::copy(text.begin(), text.end(), out);
    return is_field_value(text);
  }
  if (text.size() < word_bytes) {
    const std::uint64_t word = short_word(text);
    put_short_word(word, text.size(), out);
    return (control_bits(word) == 0 || all_of_class(text, field_class)) && !is_padded(text);
  }
  const std::size_t last = text.size() - word_bytes;
  std::uint64_t suspicious = 0;
  for (std::size_t offset = 0;; offset = std::min(offset + word_bytes, last)) {
    const std::uint64_t word = word_at(text, offset);
    suspicious |= control_bits(word);
    std::memcpy(out + offset, &word, word_bytes);
    if (offset == last) break;
  }
  return (suspicious == 0 || all_of_class(text, field_class)) && !is_padded(text);
}

bool has_only_field_characters(std::string_view text) {
  // Values are the bulk of a head, so eight bytes at a time; the last word overlaps the one before.
  if (text.size() < word_bytes) return all_of_class(text, field_class);
  const std::size_t last = text.size() - word_bytes;
  std::uint64_t suspicious = control_bits(word_at(text, last));
  for (std::size_t offset = 0; offset < last; offset += word_bytes)
    suspicious |= control_bits(word_at(text, offset));
  return suspicious == 0 || all_of_class(text, field_class);
}

bool is_field_value(std::string_view text) {
  return has_only_field_characters(text) && !is_padded(text);
}

std::string_view trim_whitespace(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  constexpr std::uint64_t limit = std::uint64_t{1} << 63;
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    if (value >= limit / 10) {
      // The next digit may still fit: 2^63 - 1 ends in 7 and (2^63 - 1) / 10 == limit / 10.
      if (value > limit / 10 || c > '7') return std::nullopt;
    }
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

std::optional<std::uint64_t> parse_hexadecimal(std::string_view text) {
  constexpr std::size_t max_digits = 16;
  if (text.empty() || text.size() > max_digits) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!is_hex_digit(c)) return std::nullopt;
    const int digit = c <= '9' ? c - '0' : to_lower(c) - 'a' + 10;
    value = (value << 4U) | static_cast<std::uint64_t>(digit);
  }
  if (value >> 63U != 0) return std::nullopt;
  return value;
}

bool is_origin_form(std::string_view path) {
  return path.starts_with('/') && all_of_class(path, path_class);
}

std::optional<Authority> parse_authority(std::string_view text) {
  const bool bracketed = text.starts_with('[');
  const std::size_t host_end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && host_end == std::string_view::npos) return std::nullopt;
  Authority authority;
  authority.host = text.substr(0, bracketed ? host_end + 1 : host_end);
  const std::string_view rest = text.substr(authority.host.size());
  const bool host_is_valid = bracketed
                                 ? is_ipv6_text(authority.host.substr(1, authority.host.size() - 2))
                                 : is_registered_name(authority.host);
  if (!host_is_valid) return std::nullopt;
  if (rest.empty()) return authority;

  constexpr std::uint64_t max_port = 65535;
  constexpr std::size_t max_digits = 5;
  if (rest.front() != ':' || rest.size() > 1 + max_digits) return std::nullopt;
  const std::optional<std::uint64_t> port = parse_decimal(rest.substr(1));
  if (!port || *port == 0 || *port > max_port) return std::nullopt;
  authority.port = static_cast<std::uint16_t>(*port);
  return authority;
}

}  // namespace outhaul::http
