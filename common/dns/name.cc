#include "common/dns/name.h"

#include <algorithm>
#include <cstddef>

namespace outhaul::dns {

namespace {

constexpr std::size_t max_name_length = 253;
constexpr std::size_t max_label_length = 63;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}

bool is_label_character(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= max_label_length && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), is_label_character);
}

// What URL parsers take for the last part of an IPv4 address.
bool is_number(std::string_view label) {
  if (label.starts_with("0x")) {
    label.remove_prefix(2);
    return std::all_of(label.begin(), label.end(), is_hex_digit);
  }
  return std::all_of(label.begin(), label.end(), is_digit);
}

// Untrusted text in a message: short and printable.
std::string shown(std::string_view name) {
  std::string text(name.substr(0, 64));
  std::replace_if(text.begin(), text.end(), [](char c) { return c < 0x21 || c > 0x7e; }, '?');
  return text;
}

Error invalid(std::string_view name, std::string_view rule) {
  return {ErrorKind::invalid, "host name \"" + shown(name) + "\" " + std::string(rule)};
}

}  // namespace

Result<std::string> canonical_name(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (lower.ends_with('.')) lower.pop_back();
  if (lower.empty()) return invalid(name, "is empty; give a name such as app.internal");
  if (lower.size() > max_name_length) {
    return invalid(name, "is longer than 253 characters; DNS cannot carry it");
  }
  std::string_view rest = lower;
  std::string_view label;
  while (true) {
    const std::size_t dot = rest.find('.');
    label = rest.substr(0, dot);
    if (!is_label(label)) {
      return invalid(name,
                     "is not valid: each label needs 1-63 letters, digits, '-' or '_' and must "
                     "not begin or end with '-' (write an international name in its xn-- form)");
    }
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (is_number(label)) {
    return invalid(name, "ends in a number, like an address in disguise; write it as an address");
  }
  return lower;
}

}  // namespace outhaul::dns
