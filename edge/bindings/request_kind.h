#pragma once

#include <cstdint>
#include <optional>

#include "common/http/h1_start_line.h"
#include "common/http/message.h"
#include "edge/forwarding/edge_failure.h"

namespace outhaul::edge {

/// What a client asks for.
enum class RequestKind : std::uint8_t {
  http,       ///< a request and a response
  websocket,  ///< Upgrade: websocket (RFC 6455) or extended CONNECT (RFC 8441)
  tcp,        ///< plain CONNECT
};

/// `kind` is what was meant, also when it was asked in a wrong way: then `failure` is set.
struct AskedKind {
  RequestKind kind = RequestKind::http;
  std::optional<EdgeFailure> failure;
};

/// For HTTP/1.1, before hop-by-hop fields are removed. A WebSocket handshake that breaks RFC 6455
/// section 4.2.1 is refused: 426 for its version, else 400. Other upgrades are not asked for: they
/// are ignored, as HTTP allows.
AskedKind kind_of_h1(const http::RequestHead& head, http::H1Version version, bool has_body);

/// For HTTP/2. A :protocol other than websocket is refused with 501.
AskedKind kind_of_h2(const http::RequestHead& head);

/// Turns the WebSocket handshake of an HTTP/1.1 client into the extended CONNECT that goes through
/// the tunnel. The key stays here: it is for the two ends of one HTTP/1.1 connection.
void make_extended_connect(http::RequestHead& head);

}  // namespace outhaul::edge
