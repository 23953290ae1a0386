#include "common/tunnel/hostname.h"

#include <algorithm>

#include "common/base/hex.h"

namespace outhaul::tunnel {
namespace {

constexpr std::size_t name_size_maximum = 253;
constexpr std::size_t label_size_maximum = 63;

Error invalid(std::string_view rule) {
  return Error{ErrorKind::invalid, std::string("host name: ").append(rule)};
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

Result<void> validate_label(std::string_view label) {
  if (label.empty()) return invalid("a label is empty; remove the extra dot");
  if (label.size() > label_size_maximum) return invalid("a label is longer than 63 bytes");
  if (label.front() == '-' || label.back() == '-') {
    return invalid("a label starts or ends with a hyphen");
  }
  const bool allowed = std::all_of(label.begin(), label.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
  });
  if (!allowed) {
    return invalid(
        "only lower-case letters, digits and hyphens are allowed; write other alphabets as xn-- "
        "labels");
  }
  return {};
}

bool looks_numeric(std::string_view label) {
  if (std::all_of(label.begin(), label.end(), is_digit)) return true;
  if (!label.starts_with("0x")) return false;
  const std::string_view digits = label.substr(2);
  return std::all_of(digits.begin(), digits.end(), [](char c) { return hex_digit_value(c) >= 0; });
}

}  // namespace

Result<void> validate_hostname(std::string_view name) {
  if (name.empty()) return invalid("it is empty");
  if (name.size() > name_size_maximum) return invalid("it is longer than 253 bytes");
  if (name.ends_with('.')) return invalid("it ends with a dot; remove the dot");
  std::string_view last_label;
  for (std::string_view rest = name;;) {
    const std::size_t dot = rest.find('.');
    last_label = rest.substr(0, dot);
    OUTHAUL_CHECK(validate_label(last_label));
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (looks_numeric(last_label)) {
    return invalid("the last label is a number; write an address as ipv4 or ipv6");
  }
  return {};
}

}  // namespace outhaul::tunnel
