#pragma once

#include <string>
#include <string_view>

namespace outhaul::http {

// The opening handshake of WebSocket over HTTP/1.1 (RFC 6455 section 4). Over HTTP/2 there is none
// of it (RFC 8441).

/// A fresh Sec-WebSocket-Key. Throws std::runtime_error without entropy.
std::string make_websocket_key();

/// Whether `key` is the base64 of 16 bytes.
bool is_websocket_key(std::string_view key);

/// The Sec-WebSocket-Accept that answers `key`.
std::string websocket_accept(std::string_view key);

}  // namespace outhaul::http
