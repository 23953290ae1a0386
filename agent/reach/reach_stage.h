#pragma once

#include <cstdint>
#include <string_view>

namespace outhaul::agent {

/// The steps of reaching an edge, in their order. Without a proxy there is only `tcp`.
enum class ReachStage : std::uint8_t {
  tcp,          ///< TCP to the edge
  proxy_tcp,    ///< TCP to the proxy
  proxy_tls,    ///< TLS with the proxy
  proxy_login,  ///< the proxy's answer, up to whether it takes us at all
  proxy_open,   ///< whether the proxy connects to the edge
};

/// "tcp", "proxy_tcp" ...
constexpr std::string_view to_string(ReachStage stage) {
  switch (stage) {
    case ReachStage::tcp:
      return "tcp";
    case ReachStage::proxy_tcp:
      return "proxy_tcp";
    case ReachStage::proxy_tls:
      return "proxy_tls";
    case ReachStage::proxy_login:
      return "proxy_login";
    case ReachStage::proxy_open:
      break;
  }
  return "proxy_open";
}

/// Whether a failure at this stage says that the edge's port is out of reach, so that another port
/// may do better; else the fault is the proxy's, whatever the port.
constexpr bool is_about_the_edge(ReachStage stage) {
  return stage == ReachStage::tcp || stage == ReachStage::proxy_open;
}

}  // namespace outhaul::agent
