#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace outhaul {

/// A UUID (RFC 9562) of any version: 16 bytes in network order. Default: all zero (the nil UUID).
class Uuid {
 public:
  constexpr Uuid() = default;
  constexpr explicit Uuid(const std::array<std::byte, 16>& bytes) : bytes_(bytes) {}

  /// Only the canonical text: lower case, 8-4-4-4-12. Error kind `invalid`.
  static Result<Uuid> parse(std::string_view text);

  /// A fresh version 4 UUID from OpenSSL's generator. Throws std::runtime_error without entropy.
  static Uuid random();

  /// The canonical 36 characters.
  std::string to_string() const;
  std::span<const std::byte, 16> bytes() const { return bytes_; }

  friend bool operator==(const Uuid&, const Uuid&) = default;
  friend auto operator<=>(const Uuid&, const Uuid&) = default;

 private:
  std::array<std::byte, 16> bytes_{};
};

}  // namespace outhaul

template <>
struct std::hash<outhaul::Uuid> {
  std::size_t operator()(const outhaul::Uuid& uuid) const noexcept;
};
