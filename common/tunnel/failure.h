#pragma once

#include <cstdint>
#include <string_view>

namespace outhaul::tunnel {

/// The error types of RFC 9209 section 2.3 that this protocol uses.
enum class ProxyError : std::uint8_t {
  dns_timeout,
  dns_error,
  destination_not_found,
  destination_unavailable,
  destination_ip_prohibited,
  destination_ip_unroutable,
  connection_refused,
  connection_terminated,
  connection_timeout,
  connection_read_timeout,
  connection_write_timeout,
  connection_limit_reached,
  tls_protocol_error,
  tls_certificate_error,
  tls_alert_received,
  http_request_error,
  http_request_denied,
  http_response_incomplete,
  http_response_header_section_size,
  http_response_timeout,
  http_upgrade_failed,
  http_protocol_error,
  proxy_loop_detected,
};

/// The registered name, e.g. "dns_timeout".
std::string_view to_string(ProxyError error);

/// One row of the table in protocol section 4 each: what can go wrong with a request before its
/// response headers.
enum class Failure : std::uint8_t {
  no_route,                  ///< no descriptor and no local route
  bad_descriptor,            ///< Tunnel-Service breaks a rule
  other_tunnel,              ///< `net` is another tunnel's
  bad_request,               ///< any further rule of section 7
  denied_by_policy,          ///< local policy denies id, host or port
  address_denied,            ///< all addresses, or a resolver's, are in a denied range
  dns_no_answer,             ///< no DNS server answered in time
  dns_failed,                ///< NXDOMAIN, SERVFAIL, no address; add rcode
  unreachable,               ///< no route to the address
  refused,                   ///< connection refused
  connect_timeout,           ///< TCP or TLS handshake took too long
  origin_closed,             ///< EOF or RST before response headers
  response_timeout,          ///< no complete response headers in time
  read_stalled,              ///< body stall while reading
  write_stalled,             ///< body stall while writing
  too_many_connections,      ///< limit of service, origin connections or descriptors
  circuit_open,              ///< the origin failed too often just now
  upgrade_failed,            ///< WebSocket: 2xx other than 101, or a wrong accept key
  tls_not_spoken,            ///< the origin does not speak TLS
  tls_certificate,           ///< chain, name or expiry
  tls_alert,                 ///< the origin answered with an alert
  response_not_http,         ///< not HTTP, TE with CL, bad chunk
  response_headers_too_big,  ///< response header section over the limit
  request_headers_too_big,   ///< over the header limits
  path_too_long,             ///< over the path limit
  request_body_too_big,      ///< over the service's limit
  unknown_expectation,       ///< `expect` other than 100-continue
  loop,                      ///< our own name in Via
  not_implemented,           ///< a CONNECT that this agent does not serve
};

/// How the agent answers a failure.
struct FailureAnswer {
  std::uint16_t status;
  ProxyError error;
  /// Whether the answer carries Retry-After.
  bool retry_after;
};

FailureAnswer answer_of(Failure failure);

}  // namespace outhaul::tunnel
