#pragma once

#include <optional>

#include "agent/relay/failure_response.h"

namespace outhaul::agent {

/// How one try to have a request answered by an origin connection ended.
struct ExchangeEnd {
  /// Set when no response head was passed on: what to answer instead.
  std::optional<RelayFailure> failure;
  /// A byte of the request was handed to the connection, and the origin may have acted on it.
  bool touched = false;
  /// The request may be sent again on another connection, if its content is still there.
  bool may_repeat = false;
  /// HTTP/2: the origin certainly did nothing for the request (RFC 9113 section 8.7).
  bool unprocessed = false;
  /// HTTP/2: the origin wants this request in HTTP/1.1 (HTTP_1_1_REQUIRED).
  bool wants_http1 = false;
  /// HTTP/2: WebSocket is not to be had on this connection.
  bool no_websocket = false;
  /// The origin switched to WebSocket and the tunnel was told: bytes follow.
  bool upgraded = false;
  /// HTTP/1.1: both sides are done with this exchange and ready for the next.
  bool keep_connection = false;
};

}  // namespace outhaul::agent
