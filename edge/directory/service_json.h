#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "edge/directory/model.h"

namespace outhaul::edge {

/// A service as JSON, in the shape that wrangler sends and reads:
///
///   {"name": "api", "type": "http", "http_port": 8080,
///    "host": {"hostname": "api.internal",
///             "resolver_network": {"tunnel_id": "...", "resolver_ips": ["10.0.0.53"]}},
///    "tls_settings": {"cert_verification_mode": "verify_ca"}}
///
/// or with "host": {"ipv4": "...", "ipv6": "...", "network": {"tunnel_id": "..."}}. Members that
/// are null count as absent.

struct ParsedService {
  /// Set exactly when there are no problems.
  std::optional<ServiceSpec> spec;
  /// Every problem of the text, each beginning with its JSON path
  /// ("host.resolver_network.tunnel_id: ..."); a syntax error stands alone.
  std::vector<std::string> problems;
};

/// Whether the tunnel exists and the name is free is the store's to say. service_id, created_at
/// and updated_at are read-only: accepted, so that an answer can be sent back, and ignored.
ParsedService parse_service(std::string_view json_text);

/// One line, with the read-only members.
std::string service_to_json(const Service& service);

}  // namespace outhaul::edge
