#include "edge/directory/store.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "edge/directory/rows.h"
#include "edge/directory/schema.h"

namespace outhaul::edge {

Result<Store> Store::open(const std::string& path) {
  OUTHAUL_TRY(database, open_directory_database(path));
  return Store(std::move(database));
}

Result<std::vector<Tunnel>> Store::list_tunnels() {
  OUTHAUL_TRY(rows, database_.query(kSelectTunnels + " ORDER BY created_at, id"));
  OUTHAUL_TRY(tunnels, read_all(rows, read_tunnel));
  for (Tunnel& tunnel : tunnels) {
    OUTHAUL_TRY(keys, read_keys(database_, tunnel.id));
    tunnel.public_keys = std::move(keys);
  }
  return tunnels;
}

Result<std::vector<Service>> Store::list_services() {
  OUTHAUL_TRY(rows, database_.query(kSelectServices + " ORDER BY created_at, id"));
  return read_all(rows, read_service);
}

Result<std::vector<Binding>> Store::list_bindings() {
  OUTHAUL_TRY(rows, database_.query(kSelectBindings + " ORDER BY created_at, id"));
  return read_all(rows, read_binding);
}

}  // namespace outhaul::edge
