#pragma once

#include <vector>

#include "agent/policy/policy.h"
#include "common/base/ip_address.h"
#include "common/net/socket_address.h"

namespace outhaul::agent {

/// The addresses that this machine's interfaces have now. Empty if the system does not tell.
std::vector<IpAddress> local_addresses();

/// What the policy protects for these listening sockets: one on 0.0.0.0 or :: is reached at every
/// address of `machine`; one on :: also over IPv4. Unix sockets are left out.
std::vector<ListenEndpoint> listen_endpoints(const std::vector<net::SocketAddress>& listeners,
                                             const std::vector<IpAddress>& machine);

}  // namespace outhaul::agent
