#pragma once

#include <memory>
#include <vector>

#include "agent/reach/proxy.h"
#include "common/net/socket_address.h"
#include "common/tunnel/edge_address.h"

namespace outhaul::agent {

/// When to go on to the next route of a list.
enum class RouteRule : std::uint8_t {
  next_if_unreached,  ///< after a failure that another port may mend (is_about_the_edge())
  next_if_failed,     ///< after any failure before the edge has proved who it is
};

/// One way to one edge.
struct EdgeRoute {
  /// Who it is: the name that TLS verifies, and `Host`.
  tunnel::EdgeAddress edge;
  /// Where it is, for a proxy. The same as `edge`, unless SRV records lead elsewhere.
  tunnel::EdgeAddress target;
  /// Null: directly.
  std::shared_ptr<const Proxy> proxy;
  /// What TCP dials: the edge, or the proxy.
  std::vector<net::SocketAddress> addresses;
  /// The edge's, for a proxy that is not given its name; else empty.
  std::vector<net::SocketAddress> behind_proxy;
  RouteRule rule = RouteRule::next_if_unreached;
};

}  // namespace outhaul::agent
