#pragma once

#include "agent/relay/relay_context.h"
#include "common/base/result.h"
#include "common/http/message.h"

namespace outhaul::agent {

// From an origin's response heads, of either version, to the tunnel's: hop-by-hop and Tunnel-*
// fields go; the rest must keep the rules of section 7 of protocol.md, or the error (protocol,
// limit) says which it breaks.

/// A final head; Proxy-Status is completed.
Result<void> make_tunnel_response(http::ResponseHead& head, const RelayContext& context);

/// An interim one (1xx but 101).
Result<void> make_tunnel_interim(http::ResponseHead& head);

/// The head of an origin that agreed to WebSocket, as the answer to an extended CONNECT
/// (RFC 8441 section 5). Never refused: there is no body that could be misread.
void make_websocket_answer(http::ResponseHead& head, const RelayContext& context);

}  // namespace outhaul::agent
