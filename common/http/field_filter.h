#pragma once

#include "common/http/fields.h"

namespace outhaul::http {

// Which fields travel on (RFC 9110 section 7.6, protocol.md sections 3 and 7). Order for a head:
// strip_hop_by_hop, then remove_tunnel_fields, then add the own Tunnel-* and Via fields - so that
// a peer can neither forge the service descriptor nor have it dropped by naming it in Connection.

/// What the next hop speaks.
enum class NextHop : bool { http1, http2 };

/// Removes the fields that Connection names, then connection, proxy-connection, keep-alive,
/// transfer-encoding, upgrade, te and http2-settings. Toward HTTP/2 a `te` that has the member
/// `trailers` is replaced by exactly `te: trailers`. Requests and responses alike; message
/// framing and Upgrade must have been read before.
void strip_hop_by_hop(Fields& fields, NextHop next_hop);

/// Removes every `tunnel-*` field. For headers and trailers, in both directions.
void remove_tunnel_fields(Fields& fields);

/// Removes from a trailer section what must not come late or at all: framing, connection,
/// routing, authentication and cookie fields, content-*, tunnel-*, proxy-status.
void filter_trailers(Fields& trailers);

/// Joins several cookie lines into one with "; ", which HTTP/1.1 wants (RFC 9113 section 8.2.3);
/// empty ones are left out. It becomes the last field.
void join_cookies(Fields& fields);

}  // namespace outhaul::http
