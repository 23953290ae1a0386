#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/uuid.h"
#include "edge/directory/model.h"
#include "edge/directory/sqlite.h"

namespace outhaul::edge {

/// The directory on disk: one SQLite file, held exclusively while the Store lives. Every change is
/// one transaction, durable when the call returns. Used by one thread (see Directory).
///
/// Errors of all changes: not_found (the id names nothing), invalid (a rule is broken: duplicate
/// name, unknown or deleted tunnel, tunnel still in use), and what SQLite reports (limit, system).
class Store {
 public:
  /// See open_directory_database for the errors.
  static Result<Store> open(const std::string& path);

  // Everything, ordered by creation. Tombstones included. Error (invalid): a row breaks the model.
  Result<std::vector<Tunnel>> list_tunnels();
  Result<std::vector<Service>> list_services();
  Result<std::vector<Binding>> list_bindings();

  /// Adds `tunnel`, whose id the caller made and whose keys are 1 or 2.
  Result<Tunnel> create_tunnel(const Tunnel& tunnel);
  /// Replaces what may change in a live tunnel; not-set parts stay.
  struct TunnelChange {
    std::optional<bool> disabled;
    /// Refused (invalid) when there are two already, unless `remove_key` makes room.
    std::optional<PublicKey> add_key;
    /// One of two keys. Refused (invalid) when it is the only one, or none of the tunnel's.
    std::optional<PublicKey> remove_key;
  };
  Result<Tunnel> change_tunnel(const Uuid& id, const TunnelChange& change);
  /// Makes a tombstone. Refused (invalid) while services use the tunnel.
  Result<Tunnel> delete_tunnel(const Uuid& id, Timestamp when);

  Result<Service> create_service(const Service& service);
  Result<Service> replace_service(const Uuid& id, const ServiceSpec& spec, Timestamp when);
  /// Deletes its bindings with it. Returns what was deleted.
  Result<Service> delete_service(const Uuid& id);

  Result<Binding> create_binding(const Binding& binding);
  Result<Binding> delete_binding(const Uuid& id);

  /// The file as it is now, for a backup.
  Result<std::string> copy() { return database_.copy(); }

 private:
  explicit Store(Database database) : database_(std::move(database)) {}

  // Each is called inside a transaction.
  Result<Tunnel> live_tunnel(const Uuid& id);
  Result<Service> service(const Uuid& id);
  Result<void> check_tunnel_name_free(std::string_view name);
  Result<void> check_service_fits(const Uuid& id, const ServiceSpec& spec);
  Result<void> write_keys(const Tunnel& tunnel);

  Database database_;
};

}  // namespace outhaul::edge
