#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
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

struct OriginKeyHash {
  std::size_t operator()(const OriginKey& key) const noexcept {
    const std::size_t service = std::hash<Uuid>()(key.service);
    const std::size_t address = std::hash<IpAddress>()(key.address);
    return service ^ (address * 31) ^ (std::size_t{key.port} << 17) ^
           std::hash<std::string>()(key.server_name);
  }
};

}  // namespace outhaul::agent
