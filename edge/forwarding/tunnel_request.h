#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "common/base/limits.h"
#include "common/http/head_limits.h"
#include "common/http/message.h"
#include "common/tunnel/descriptor.h"
#include "edge/forwarding/edge_failure.h"

namespace outhaul::edge {

/// What a request needs beside its own head on its way into the tunnel.
struct TunnelRequestParts {
  /// This edge's pseudonym in Via.
  std::string_view edge_name;
  /// "1.1" or "2": what the client spoke.
  std::string_view received_protocol;
  std::string_view request_id;
  /// Address of the client, for Forwarded.
  std::string_view client;
  /// The client is a proxy whose Forwarded and X-Forwarded-* fields are kept.
  bool trust_forwarded = false;
};

/// Turns a client's head into the one that goes through the tunnel: checks it (protocol.md section
/// 7, loops), removes what is the edge's or hop-by-hop (X-VPC-*, Tunnel-*, Proxy-Authorization,
/// X-CF-Blob, Connection's), adds Via, Forwarded and X-Forwarded-* (instead of the client's own,
/// unless it is trusted), X-Request-Id when the client has none, Tunnel-Service and
/// Tunnel-Request-Id. A plain CONNECT gets the descriptor's target as its authority and keeps no
/// field of the client but Via; of the others it has Forwarded only.
std::variant<http::RequestHead, EdgeFailure> make_tunnel_request(
    http::RequestHead head, const tunnel::Descriptor& descriptor, const TunnelRequestParts& parts,
    const Limits& limits);

/// The limits of the table in the terms of the parsers.
http::HeadLimits head_limits(const Limits& limits);

/// Whether a second delivery does no harm (RFC 9110 section 9.2.2).
bool is_idempotent(std::string_view method);

}  // namespace outhaul::edge
