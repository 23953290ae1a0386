#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edge/api/message.h"
#include "edge/directory/model.h"

namespace outhaul::edge {

/// The JSON of the API: envelopes, and the bodies of tunnels and bindings (services have
/// service_json.h).

/// Stable numbers of failures. Where the public product has one for the case, it is that one.
enum class ApiCode : int {
  tunnel_not_found = 1002,
  tunnel_name_taken = 1013,
  tunnel_in_use = 1022,
  key_refused = 1023,      ///< the only key, or two keys whose use is not known
  service_refused = 5101,  ///< duplicate name, unknown tunnel
  service_not_found = 5104,
  binding_not_found = 5204,
  method_not_allowed = 7001,
  no_such_route = 7003,
  not_authenticated = 10000,
  nothing_runs = 10009,  ///< the call is for a running edge, and none runs
  bad_request = 10001,   ///< the body, path or query breaks a rule
  too_large = 10413,
  internal = 10500,
};

/// The part of a list that is returned. `page` counts from 1.
struct PageInfo {
  std::size_t page = 1;
  std::size_t per_page = 1000;
  std::size_t count = 0;
  std::size_t total_count = 0;
};

/// `result` is JSON text.
ApiResponse success(int status, std::string_view result);
/// `entries` are JSON texts, already cut to the page.
ApiResponse success_list(const std::vector<std::string>& entries, const PageInfo& info);
ApiResponse failure(int status, ApiCode code, const std::vector<std::string>& messages);
ApiResponse failure(int status, ApiCode code, std::string_view message);

/// `token`: only in the answer that creates it; empty leaves the member out.
std::string tunnel_to_json(const Tunnel& tunnel, std::string_view token = {});
std::string binding_to_json(const Binding& binding, std::string_view token = {});

struct DirectoryCounts {
  std::size_t tunnels = 0;
  std::size_t services = 0;
  std::size_t bindings = 0;
};
/// More members of the status, by name: JSON texts, left out when empty.
using StatusMembers = std::vector<std::pair<std::string_view, std::string>>;
std::string status_to_json(const DirectoryCounts& counts, const StatusMembers& members);

/// `value` is set exactly when there are no problems.
template <typename T>
struct ParsedBody {
  std::optional<T> value;
  std::vector<std::string> problems;
};

/// {"name": "..."}
ParsedBody<std::string> parse_new_tunnel(std::string_view body);
/// {"disabled": true}
ParsedBody<bool> parse_tunnel_change(std::string_view body);

struct NewBinding {
  std::string service;  ///< id or name
  std::string name;     ///< may be empty
};
/// {"service": "...", "name": "..."}
ParsedBody<NewBinding> parse_new_binding(std::string_view body);

}  // namespace outhaul::edge
