#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <netinet/in.h>

#include "common/base/bytes.h"
#include "common/base/result.h"

namespace outhaul {

/// An IPv4 or IPv6 address without port or zone. Default: 0.0.0.0. Two addresses of different
/// families are never equal: ::ffff:10.0.0.5 is not 10.0.0.5.
class IpAddress {
 public:
  enum class Family : std::uint8_t { v4, v6 };

  IpAddress() = default;
  static IpAddress from(const in_addr& address);
  static IpAddress from(const in6_addr& address);

  /// Strict dotted quad: four decimal numbers without leading zeros. Error kind `invalid`.
  static Result<IpAddress> parse_v4(std::string_view text);
  /// Any text of RFC 4291 section 2.2; no brackets, no zone. Error kind `invalid`.
  static Result<IpAddress> parse_v6(std::string_view text);
  /// Either of the two.
  static Result<IpAddress> parse(std::string_view text);

  Family family() const { return family_; }
  bool is_v4() const { return family_ == Family::v4; }
  bool is_v6() const { return family_ == Family::v6; }
  /// ::ffff:0:0/96
  bool is_v4_mapped() const;

  /// 4 or 16 bytes in network order.
  Bytes bytes() const { return Bytes(bytes_).first(is_v4() ? 4 : 16); }
  /// Asserts the family.
  in_addr v4() const;
  in6_addr v6() const;

  /// Dotted quad, or the canonical text of RFC 5952.
  std::string to_string() const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  Family family_ = Family::v4;
  std::array<std::byte, 16> bytes_{};
};

/// A range of addresses in CIDR form.
struct IpPrefix {
  IpAddress address;
  /// 0..32 or 0..128.
  int length = 0;

  /// "10.0.0.0/8", "fd00::/8"; an address alone is a range of one. Bits below the length must be
  /// zero, because they are mostly a slip of the pen. Error kind `invalid`.
  static Result<IpPrefix> parse(std::string_view text);

  /// False for an address of the other family.
  bool contains(const IpAddress& candidate) const;
  std::string to_string() const;

  friend bool operator==(const IpPrefix&, const IpPrefix&) = default;
};

}  // namespace outhaul

template <>
struct std::hash<outhaul::IpAddress> {
  std::size_t operator()(const outhaul::IpAddress& address) const noexcept;
};
