#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/uuid.h"

/// The field Tunnel-Session of the setup request and of its 101 (protocol section 2.1). Unknown
/// keys and features are ignored, so that either side can grow.
namespace outhaul::tunnel {

inline constexpr std::uint32_t session_weight_maximum = 100;
/// Letters, digits, '-', '_' and '.'.
inline constexpr std::size_t zone_size_maximum = 64;

/// Whether `text` can name a zone. Error kind `invalid`.
Result<void> check_zone(std::string_view text);

/// From the agent.
struct SessionRequest {
  /// The highest version that the agent speaks; at least 1.
  std::int64_t version = 1;
  /// This agent process.
  Uuid instance;
  /// The slot among the agent's connections: connection < connections <= 256. A new connection
  /// with the same instance and slot replaces the old one.
  std::uint32_t connection = 0;
  std::uint32_t connections = 1;
  /// For people; may be empty.
  std::string software_version;
  /// Tokens, e.g. http tcp ws.
  std::vector<std::string> features;
  /// The connection only finds out whether one can be had: no request is to come on it. Written
  /// when true only.
  bool probe = false;
  /// Where the agent stands, for an edge that prefers agents near to it; empty: it does not say.
  std::string zone;
  /// Its share of requests among the tunnel's agents, 1 to 100.
  std::uint32_t weight = session_weight_maximum;

  friend bool operator==(const SessionRequest&, const SessionRequest&) = default;
};

/// From the edge.
struct SessionResponse {
  /// The version that the edge chose; at least 1.
  std::int64_t version = 1;
  /// Names for logs; may be empty.
  std::string connection_name;
  std::string edge_name;
  /// Silence before a PING; clamped to 5..300 s when parsed and when written.
  std::chrono::seconds ping{20};
  /// Age at which the agent replaces the connection; at least 60 s, raised when parsed and written.
  std::chrono::seconds life{86400};

  friend bool operator==(const SessionResponse&, const SessionResponse&) = default;
};

inline constexpr std::uint32_t session_connections_maximum = 256;

/// Error kind `invalid`; the message names the key and the rule.
Result<SessionRequest> parse_session_request(std::string_view field_value);
/// Error kind `protocol` as well, when the edge chose a version over `version_maximum`.
Result<SessionResponse> parse_session_response(std::string_view field_value,
                                               std::int64_t version_maximum);

/// The canonical text. Assert that the texts are printable ASCII and the features tokens.
std::string serialize(const SessionRequest& request);
std::string serialize(const SessionResponse& response);

}  // namespace outhaul::tunnel
