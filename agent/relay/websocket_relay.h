#pragma once

#include <optional>

#include "agent/relay/failure_response.h"
#include "agent/relay/relay_request.h"
#include "common/async/task.h"

namespace outhaul::agent {

/// Relays an extended CONNECT for `websocket` (RFC 8441). On an HTTP/2 connection to the origin
/// that offers it, as such. Else, unless the service is HTTP/2 only, the agent makes the opening
/// handshake of RFC 6455 over HTTP/1.1 with a key of its own, and answers 200 when the origin's 101
/// is right. Then it carries bytes. Another answer of the origin is passed on as it is, except 2xx
/// to a handshake. A failure is the caller's to answer. `request` outlives the task.
Task<std::optional<RelayFailure>> relay_websocket(RelayRequest& request);

}  // namespace outhaul::agent
