#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "agent/origins/origin_identity.h"
#include "common/base/ip_address.h"
#include "common/base/uuid.h"
#include "common/tunnel/descriptor.h"

namespace outhaul::agent {

/// What makes two requests allowed to share an origin connection (protocol.md section 5). The
/// service id is part of it: no connection ever serves two services.
struct OriginKey {
  Uuid service;
  tunnel::ServiceScheme scheme = tunnel::ServiceScheme::http;
  IpAddress address;
  std::uint16_t port = 0;
  /// Server name for SNI and verification; empty for plain connections.
  std::string server_name;
  tunnel::TlsVerification verification = tunnel::TlsVerification::verify_full;
  /// The CAs and the client certificate that the connection was made with; null for plain ones.
  std::shared_ptr<const OriginIdentity> identity;
  /// Empty unless the origin is a unix socket; then there is no address.
  std::string unix_path;

  friend bool operator==(const OriginKey&, const OriginKey&) = default;
};

/// Of what tells keys apart in practice; twice a request, so made of words instead of bytes (350 of
/// 43 000 instructions of a small request less).
struct OriginKeyHash {
  std::size_t operator()(const OriginKey& key) const noexcept {
    constexpr std::uint64_t spread = 0x9e3779b97f4a7c15U;  // 2^64 by the golden ratio
    const std::span<const std::byte> service = key.service.bytes();
    const Bytes address = key.address.bytes();
    std::uint64_t hash = word(service.first(8)) ^ (word(service.last(8)) * spread);
    hash = (hash ^ word(address.first(4)) ^ (std::uint64_t{key.port} << 32U)) * spread;
    if (!key.address.is_v4()) hash = (hash ^ word(address.last(8))) * spread;
    if (!key.server_name.empty()) hash ^= std::hash<std::string>()(key.server_name);
    return hash ^ (hash >> 32U);
  }

 private:
  static std::uint64_t word(std::span<const std::byte> bytes) noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
    return value;
  }
};

}  // namespace outhaul::agent
