#include "common/base/ip_address.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>

namespace outhaul {
namespace {

Error invalid(std::string message) {
  return Error{ErrorKind::invalid, std::move(message)};
}

/// Parses a decimal number of 1..3 digits without a leading zero.
bool parse_small_number(std::string_view text, int limit, int& value) {
  if (text.empty() || text.size() > 3) return false;
  if (text.size() > 1 && text.front() == '0') return false;
  value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  return value <= limit;
}

std::string dotted_quad(Bytes bytes) {
  std::string text;
  for (std::byte byte : bytes) {
    if (!text.empty()) text.push_back('.');
    text += std::to_string(std::to_integer<int>(byte));
  }
  return text;
}

struct ZeroRun {
  std::size_t start = 0;
  std::size_t length = 0;
};

/// The run that "::" replaces: the longest of at least two groups, the first of equals
/// (RFC 5952 section 4.2).
ZeroRun longest_zero_run(const std::array<unsigned, 8>& groups) {
  ZeroRun best;
  ZeroRun current;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i] != 0) {
      current = {};
      continue;
    }
    if (current.length == 0) current.start = i;
    ++current.length;
    if (current.length > best.length) best = current;
  }
  if (best.length < 2) return {};
  return best;
}

void append_group(std::string& text, unsigned group) {
  std::array<char, 4> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), group, 16).ptr;
  text.append(digits.data(), end);
}

std::string colon_groups(Bytes bytes) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i] =
        std::to_integer<unsigned>(bytes[2 * i]) << 8 | std::to_integer<unsigned>(bytes[2 * i + 1]);
  }
  const ZeroRun run = longest_zero_run(groups);
  std::string text;
  for (std::size_t i = 0; i < groups.size();) {
    if (run.length > 0 && i == run.start) {
      text += "::";
      i += run.length;
      continue;
    }
    if (!text.empty() && !text.ends_with(':')) text.push_back(':');
    append_group(text, groups[i]);
    ++i;
  }
  return text;
}

constexpr std::size_t mapped_prefix_length = 12;

int bit_count(const IpAddress& address) {
  return address.is_v4() ? 32 : 128;
}

/// Whether the first `length` bits of both are the same.
bool same_bits(Bytes left, Bytes right, int length) {
  const auto whole = static_cast<std::size_t>(length / 8);
  if (!std::equal(left.begin(), left.begin() + length / 8, right.begin())) return false;
  const int rest = length % 8;
  if (rest == 0) return true;
  return ((left[whole] ^ right[whole]) >> (8 - rest)) == std::byte{0};
}

}  // namespace

IpAddress IpAddress::from(const in_addr& address) {
  IpAddress result;
  std::memcpy(result.bytes_.data(), &address, 4);
  return result;
}

IpAddress IpAddress::from(const in6_addr& address) {
  IpAddress result;
  result.family_ = Family::v6;
  std::memcpy(result.bytes_.data(), &address, 16);
  return result;
}

Result<IpAddress> IpAddress::parse_v4(std::string_view text) {
  IpAddress result;
  for (std::size_t part = 0; part < 4; ++part) {
    const std::size_t dot = text.find('.');
    if ((dot == std::string_view::npos) != (part == 3)) {
      return invalid("not an IPv4 address: write four decimal numbers, as in 10.0.0.5");
    }
    int value = 0;
    if (!parse_small_number(text.substr(0, dot), 255, value)) {
      return invalid(
          "not an IPv4 address: each of the four numbers is 0..255 in decimal, without leading "
          "zeros");
    }
    result.bytes_[part] = static_cast<std::byte>(value);
    if (part < 3) text.remove_prefix(dot + 1);
  }
  return result;
}

Result<IpAddress> IpAddress::parse_v6(std::string_view text) {
  // inet_pton wants a terminated string and would stop at a NUL inside the text.
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  const bool fits = text.size() < terminated.size();
  in6_addr parsed{};
  if (fits) std::copy(text.begin(), text.end(), terminated.begin());
  if (!fits || text.find('\0') != std::string_view::npos ||
      inet_pton(AF_INET6, terminated.data(), &parsed) != 1) {
    return invalid("not an IPv6 address: write it without brackets or zone, as in fd00::5");
  }
  return from(parsed);
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.find(':') != std::string_view::npos) return parse_v6(text);
  return parse_v4(text);
}

bool IpAddress::is_v4_mapped() const {
  static constexpr std::array<std::byte, mapped_prefix_length> prefix = {
      std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0},    std::byte{0},
      std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0xff}, std::byte{0xff}};
  return is_v6() && std::equal(prefix.begin(), prefix.end(), bytes_.begin());
}

in_addr IpAddress::v4() const {
  assert(is_v4());
  in_addr address{};
  std::memcpy(&address, bytes_.data(), 4);
  return address;
}

in6_addr IpAddress::v6() const {
  assert(is_v6());
  in6_addr address{};
  std::memcpy(&address, bytes_.data(), 16);
  return address;
}

std::string IpAddress::to_string() const {
  if (is_v4()) return dotted_quad(bytes());
  if (is_v4_mapped()) return "::ffff:" + dotted_quad(bytes().subspan(mapped_prefix_length));
  return colon_groups(bytes());
}

Result<IpPrefix> IpPrefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  OUTHAUL_TRY(address, IpAddress::parse(text.substr(0, slash)));
  IpPrefix prefix{address, bit_count(address)};
  if (slash == std::string_view::npos) return prefix;
  if (!parse_small_number(text.substr(slash + 1), bit_count(address), prefix.length)) {
    return invalid("not an address range: after the slash comes a number 0.." +
                   std::to_string(bit_count(address)));
  }
  const Bytes bytes = prefix.address.bytes();
  for (int bit = prefix.length; bit < bit_count(address); ++bit) {
    const auto byte = std::to_integer<unsigned>(bytes[static_cast<std::size_t>(bit / 8)]);
    if ((byte >> (7 - bit % 8) & 1U) != 0) {
      return invalid("not an address range: bits after the first " + std::to_string(prefix.length) +
                     " must be zero");
    }
  }
  return prefix;
}

bool IpPrefix::contains(const IpAddress& candidate) const {
  return candidate.family() == address.family() &&
         same_bits(address.bytes(), candidate.bytes(), length);
}

std::string IpPrefix::to_string() const {
  return address.to_string() + "/" + std::to_string(length);
}

}  // namespace outhaul

std::size_t std::hash<outhaul::IpAddress>::operator()(
    const outhaul::IpAddress& address) const noexcept {
  return std::hash<std::string_view>{}(outhaul::as_text(address.bytes()));
}
