#pragma once

#include <optional>
#include <string>

#include "common/base/uuid.h"
#include "common/http/message.h"

namespace outhaul::edge {

/// What the edge believes of a response's Proxy-Status.
struct AgentVerdict {
  /// The RFC 9209 error type when the agent made the response itself, else empty.
  std::string error;
  /// The agent's explanation, for the edge's log only.
  std::string details;
  /// The agent says that no byte of the request reached an origin: it may be sent again.
  bool may_retry = false;
};

/// Reads the last member of Proxy-Status, if it is the one of the tunnel's agents, and
/// Tunnel-Retry.
AgentVerdict read_verdict(const http::ResponseHead& head, const Uuid& tunnel);

/// Turns the agent's response head into the client's: hop-by-hop and Tunnel-* fields go; of
/// Proxy-Status, `details` and `next-hop` go and this edge's member is appended, repeating the
/// error of the agent.
void rewrite_response(http::ResponseHead& head, const AgentVerdict& verdict,
                      const std::string& edge_name);

}  // namespace outhaul::edge
