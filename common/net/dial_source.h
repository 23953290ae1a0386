#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/net/socket_address.h"

namespace outhaul::net {

/// From where connections are dialled: an address of this machine, or a network interface.
/// Default: neither.
struct DialSource {
  std::optional<IpAddress> address;
  /// At most 15 characters, as the kernel has it.
  std::string interface;

  /// An address, or else the name of an interface. Error kind `invalid`.
  static Result<DialSource> parse(std::string_view text);

  /// Binds a socket that is about to connect to `peer`. Error kinds `invalid` (a peer of the other
  /// family), `not_found` (no such address or interface on this machine) and `denied`; the message
  /// names the source.
  Result<void> bind(int socket, const SocketAddress& peer) const;

  std::string to_string() const;
};

}  // namespace outhaul::net
