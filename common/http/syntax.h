#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace outhaul::http {

// Character classes and small grammars of RFC 9110 and RFC 3986. All of them look only at the
// bytes given: no allocation, no locale.

/// ASCII lower case; every other byte is returned as it is.
constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// tchar of RFC 9110 section 5.6.2.
bool is_tchar(char c);
/// 1*tchar: a method, a field name, a list option.
bool is_token(std::string_view text);
/// A token without upper case, as RFC 9113 section 8.2.1 wants field names.
bool is_lower_case_token(std::string_view text);

// Each copies to `out`, which has room, and checks on the way: one pass instead of three.

/// In lower case. False: it is empty, or not a token.
bool copy_name(std::string_view text, char* out);
/// False: it is no field value, as is_field_value() says.
bool copy_value(std::string_view text, char* out);

/// Only HTAB, SP, VCHAR and obs-text: no CR, LF, NUL or other control (RFC 9110 section 5.5).
bool has_only_field_characters(std::string_view text);
/// As above and not padded with SP or HTAB on either side. Empty is a value.
bool is_field_value(std::string_view text);
/// Without SP and HTAB on both sides.
std::string_view trim_whitespace(std::string_view text);

/// 1*DIGIT below 2^63 and nothing else: no sign, no space. Leading zeros are allowed.
std::optional<std::uint64_t> parse_decimal(std::string_view text);
/// 1 to 16 HEXDIG below 2^63 and nothing else.
std::optional<std::uint64_t> parse_hexadecimal(std::string_view text);

/// `:path` in origin-form: begins with "/", no SP, control, "#", or byte >= 0x80.
bool is_origin_form(std::string_view path);

/// The two parts of an authority; `host` keeps the brackets of an IPv6 literal.
struct Authority {
  std::string_view host;
  /// 1..65535; none when the authority names no port.
  std::optional<std::uint16_t> port;
};
/// host[:port] with a non-empty RFC 3986 reg-name, IPv4, or [IPv6]; no userinfo, no zone, no
/// IPvFuture, no empty port.
std::optional<Authority> parse_authority(std::string_view text);

/// Calls `visit(member)` for each element of a comma-separated list whose members hold no quoted
/// strings. Members come without surrounding whitespace; empty ones are visited too, so that a
/// strict caller can refuse them.
template <typename Visit>
void for_each_member(std::string_view list, Visit visit) {
  for (;;) {
    const std::size_t comma = list.find(',');
    visit(trim_whitespace(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace outhaul::http
