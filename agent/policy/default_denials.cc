#include "agent/policy/default_denials.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace outhaul::agent {
namespace {

struct DenialText {
  std::string_view prefix;
  std::string_view name;
};

/// 2002::/16 and 2001::/32 are missing on purpose: they are denied around a denied IPv4 address.
/// An entry inside a later one stands before it, for the better name.
constexpr std::array<DenialText, 15> denial_texts = {{
    {"0.0.0.0/8", "this host"},
    {"127.0.0.0/8", "loopback"},
    {"169.254.0.0/16", "link-local, with cloud metadata services"},
    {"100.100.100.200", "cloud metadata service"},
    {"224.0.0.0/4", "multicast"},
    {"240.0.0.0/4", "reserved and broadcast"},
    {"::", "unspecified address"},
    {"::1", "loopback"},
    {"fe80::/10", "link-local"},
    {"ff00::/8", "multicast"},
    {"fd00:ec2::254", "cloud metadata service"},
    {"::ffff:0:0/96", "IPv4-mapped"},
    {"::/96", "IPv4-compatible"},
    {"64:ff9b::/96", "NAT64"},
    {"64:ff9b:1::/48", "local NAT64"},
}};

std::vector<DefaultDenial> parse_denials() {
  std::vector<DefaultDenial> denials;
  for (const DenialText& text : denial_texts) {
    denials.push_back({IpPrefix::parse(text.prefix).value(), text.name});
  }
  return denials;
}

IpAddress v4_at(const IpAddress& address, std::size_t offset, std::byte mask) {
  std::array<std::byte, 4> bytes{};
  const Bytes source = address.bytes().subspan(offset, bytes.size());
  std::transform(source.begin(), source.end(), bytes.begin(),
                 [mask](std::byte byte) { return byte ^ mask; });
  in_addr v4{};
  std::memcpy(&v4, bytes.data(), bytes.size());
  return IpAddress::from(v4);
}

}  // namespace

const DefaultDenial* find_default_denial(const IpAddress& address) {
  static const std::vector<DefaultDenial> denials = parse_denials();
  const auto found = std::find_if(denials.begin(), denials.end(), [&](const DefaultDenial& denial) {
    return denial.prefix.contains(address);
  });
  return found == denials.end() ? nullptr : &*found;
}

std::vector<IpAddress> embedded_v4(const IpAddress& address) {
  static const std::array<IpPrefix, 3> suffix_forms = {IpPrefix::parse("::ffff:0:0/96").value(),
                                                       IpPrefix::parse("::/96").value(),
                                                       IpPrefix::parse("64:ff9b::/96").value()};
  static const IpPrefix six_to_four = IpPrefix::parse("2002::/16").value();
  static const IpPrefix teredo = IpPrefix::parse("2001::/32").value();
  static const IpPrefix unspecified_and_loopback = IpPrefix::parse("::/127").value();
  if (address.is_v4() || unspecified_and_loopback.contains(address)) return {};
  constexpr std::byte plain{0};
  constexpr std::byte inverted{0xff};
  // RFC 3056 section 2; RFC 4380 section 4: the client's address is obfuscated.
  if (six_to_four.contains(address)) return {v4_at(address, 2, plain)};
  if (teredo.contains(address)) return {v4_at(address, 12, inverted), v4_at(address, 4, plain)};
  for (const IpPrefix& form : suffix_forms) {
    if (form.contains(address)) return {v4_at(address, 12, plain)};
  }
  return {};
}

bool is_loopback(const IpAddress& address) {
  static const IpPrefix v4 = IpPrefix::parse("127.0.0.0/8").value();
  static const IpPrefix v6 = IpPrefix::parse("::1").value();
  return v4.contains(address) || v6.contains(address);
}

}  // namespace outhaul::agent
