#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "common/base/uuid.h"
#include "edge/directory/model.h"
#include "edge/directory/sqlite.h"

namespace outhaul::edge {

/// From rows to the model. Internal to the store.
///
/// The columns of each kind stand in one constant, in the order in which its reader takes them.
/// Readers check what the schema cannot: a file that was edited by hand is refused with the table
/// and column, not believed.
inline const std::string kSelectTunnels =
    "SELECT id, name, created_at, deleted_at, disabled FROM tunnels";
inline const std::string kSelectServices =
    "SELECT id, name, type, http_port, https_port, tcp_port, app_protocol, hostname, ipv4, ipv6, "
    "tunnel_id, resolver_ips, tls_mode, created_at, updated_at FROM services";
inline const std::string kSelectBindings =
    "SELECT id, service_id, token_hash, name, created_at FROM bindings";

/// Without its keys.
Result<Tunnel> read_tunnel(const Statement& row);
Result<Service> read_service(const Statement& row);
Result<Binding> read_binding(const Statement& row);

Result<std::vector<PublicKey>> read_keys(Database& database, const Uuid& tunnel_id);

template <typename T>
Result<std::vector<T>> read_all(Statement& rows, Result<T> (*read)(const Statement&)) {
  std::vector<T> all;
  while (true) {
    OUTHAUL_TRY(found, rows.step());
    if (!found) return all;
    OUTHAUL_TRY(value, read(rows));
    all.push_back(std::move(value));
  }
}

/// "a,b" and back; an empty list is empty text.
std::string join_commas(const std::vector<std::string>& parts);

}  // namespace outhaul::edge
