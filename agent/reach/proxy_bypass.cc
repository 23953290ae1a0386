#include "agent/reach/proxy_bypass.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "common/http/syntax.h"
#include "common/tunnel/hostname.h"
#include "common/tunnel/port.h"

namespace outhaul::agent {

namespace {

Error invalid(std::string_view entry) {
  return Error{
      ErrorKind::invalid,
      "'" + std::string(entry) +
          "' is no name, address, range as 10.0.0.0/8, or *; write names without a scheme"};
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), http::to_lower);
  return result;
}

/// Takes `:port` and brackets off.
std::string_view without_port(std::string_view text, std::optional<std::uint16_t>& port) {
  const std::size_t colon = text.rfind(':');
  const bool lone_v6 = text.find(':') != colon && text.find(']') == std::string_view::npos;
  const bool after_bracket = colon != std::string_view::npos && colon > 0 && text[colon - 1] == ']';
  if (colon != std::string_view::npos && !lone_v6 && (after_bracket || !text.starts_with('['))) {
    if (const auto number = tunnel::parse_port(text.substr(colon + 1))) {
      port = *number;
      text = text.substr(0, colon);
    }
  }
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  return text;
}

bool same_prefix(Bytes left, Bytes right, int bits) {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; bits > 0; ++i, bits -= 8) {
    const unsigned mask = bits >= 8 ? 0xffU : 0xffU << (8 - bits) & 0xffU;
    const auto difference = std::to_integer<unsigned>(left[i] ^ right[i]);
    if ((difference & mask) != 0) return false;
  }
  return true;
}

}  // namespace

Result<void> ProxyBypass::read_range(std::string_view text, Entry& entry) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return address.error();
  entry.address = *address;
  const int whole = address->is_v4() ? 32 : 128;
  entry.prefix_length = whole;
  if (slash == std::string_view::npos) return {};
  // Bits behind the length are taken as they are written in practice: 127.0.0.1/8.
  const auto length = http::parse_decimal(text.substr(slash + 1));
  if (!length || std::cmp_greater(*length, whole)) return invalid(text);
  entry.prefix_length = static_cast<int>(*length);
  return {};
}

Result<void> ProxyBypass::add(std::string_view text) {
  Entry entry;
  const std::string_view place = without_port(text, entry.port);
  if (place == "*") {
    entry.everything = true;
  } else if (const auto range = read_range(place, entry); !range) {
    std::string_view name = place;
    if (name.starts_with("*.")) name.remove_prefix(1);
    if (name.starts_with('.')) name.remove_prefix(1);
    entry.name = lower(name);
    if (!tunnel::validate_hostname(entry.name)) return invalid(text);
  }
  entries_.push_back(std::move(entry));
  return {};
}

bool ProxyBypass::matches(const Entry& entry, const tunnel::EdgeAddress& edge) {
  if (entry.port && *entry.port != edge.port) return false;
  if (entry.everything) return true;
  const auto address = IpAddress::parse(edge.host);
  if (entry.address) {
    return address && same_prefix(entry.address->bytes(), address->bytes(), entry.prefix_length);
  }
  if (address) return false;
  return edge.host == entry.name || edge.host.ends_with("." + entry.name);
}

bool ProxyBypass::covers(const tunnel::EdgeAddress& edge) const {
  return std::ranges::any_of(entries_, [&](const Entry& entry) { return matches(entry, edge); });
}

}  // namespace outhaul::agent
