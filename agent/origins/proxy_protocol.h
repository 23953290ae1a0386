#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/net/socket_address.h"

namespace outhaul::agent {

/// The header of the PROXY protocol, version 2, that comes before the first byte of a connection to
/// an origin and tells it who is at the other end. Without a client, or toward a unix socket, it
/// says LOCAL: nobody is known. IPv4 becomes v4-mapped IPv6 where the other side is IPv6.
std::string proxy_protocol_v2(const std::optional<net::SocketAddress>& client,
                              const net::SocketAddress& origin);

/// "10.0.0.7:50412" or "[fd00::7]:50412", as Forwarded has it.
std::optional<net::SocketAddress> parse_client_address(std::string_view text);

}  // namespace outhaul::agent
