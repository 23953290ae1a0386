#pragma once

#include <cstdint>
#include <string_view>

/// The strings of the setup profile `ptth` (protocol section 2.1) and of the requests in a tunnel.
/// They follow a draft and may move; nobody else spells them.
namespace outhaul::tunnel {

/// The setup request is GET <prefix><tunnel id>.
inline constexpr std::string_view ptth_path_prefix = "/ptth/tunnels/";
inline constexpr std::string_view ptth_upgrade_token = "ptth";
/// ALPN of the TLS handshake, and the protocol named in the ALPN field that follows the 101.
inline constexpr std::string_view ptth_tls_alpn = "http/1.1";
/// Of the profile `rhttp`.
inline constexpr std::string_view rhttp_tls_alpn = "h2";
inline constexpr std::string_view ptth_inner_alpn = "h2";

/// Field names, in lower case as http::Fields keeps them.
inline constexpr std::string_view host_field = "host";
inline constexpr std::string_view connection_field = "connection";
inline constexpr std::string_view upgrade_field = "upgrade";
inline constexpr std::string_view alpn_field = "alpn";
inline constexpr std::string_view authorization_field = "authorization";
inline constexpr std::string_view session_field = "tunnel-session";
inline constexpr std::string_view service_field = "tunnel-service";
inline constexpr std::string_view control_field = "tunnel-control";
inline constexpr std::string_view retry_field = "tunnel-retry";
/// From the edge: a short printable name of the request, the same in the log lines of both ends.
inline constexpr std::string_view request_id_field = "tunnel-request-id";
inline constexpr std::string_view proxy_status_field = "proxy-status";

/// The value of Connection in both messages.
inline constexpr std::string_view connection_upgrade = "upgrade";
/// The value of Tunnel-Control and Tunnel-Retry.
inline constexpr std::string_view field_true = "?1";

/// Control requests, edge to agent, live below this.
inline constexpr std::string_view control_path_prefix = "/.well-known/tunnel-agent/";

/// TLS exporter of RFC 9729 section 3.1.
inline constexpr std::string_view concealed_exporter_label =
    "EXPORTER-HTTP-Concealed-Authentication";

/// Port of an edge when its address names none.
inline constexpr std::uint16_t default_edge_port = 7844;
/// Port that `Host` leaves out.
inline constexpr std::uint16_t https_port = 443;

/// The highest version of this protocol that this program speaks.
inline constexpr std::int64_t protocol_version = 1;

}  // namespace outhaul::tunnel
