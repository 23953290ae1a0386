#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/relay/failure_response.h"
#include "agent/settings/service_settings.h"
#include "common/base/limits.h"
#include "common/http/fault.h"
#include "common/http/h1_framing.h"
#include "common/http/head_limits.h"
#include "common/http/message.h"

namespace outhaul::agent {

/// The name under which this hop stands in Via.
inline constexpr std::string_view via_pseudonym = "outhaul";

/// What is sent to an origin for one request of the tunnel.
struct OriginRequest {
  /// As HTTP/1.1 has it, where that differs from HTTP/2.
  http::RequestHead head;
  http::Framing framing;
  /// The client waits for 100 before it sends its body.
  bool expects_continue = false;
  /// The client takes trailers: `te: trailers` toward an HTTP/2 origin, which gRPC insists on.
  bool takes_trailers = false;
  /// Set when the request asks to switch to WebSocket: the Sec-WebSocket-Key that it carries.
  std::string websocket_key;
  /// May be sent a second time when the first try had no answer (RFC 9110 section 9.2.2).
  bool idempotent = false;
};

/// The limits of the table, as the checks take them.
http::HeadLimits relay_head_limits(const Limits& limits);

/// Checks a request by section 7 of protocol.md and rewrites it for the origin: hop-by-hop and
/// Tunnel-* fields go, cookies are joined, Via is added, framing is this side's own. `head` is
/// consumed. `has_body` tells whether content follows.
struct PreparedRequest {
  std::optional<http::Fault> fault;
  OriginRequest request;
};
PreparedRequest prepare_origin_request(http::RequestHead head, bool has_body,
                                       const http::HeadLimits& limits);

/// What the operator wants otherwise for one service: the Host that its origin sees. Fails when the
/// request says by itself that its body is larger than the service takes.
std::optional<RelayFailure> apply_settings(OriginRequest& request, const ServiceSettings& settings);

}  // namespace outhaul::agent
