#include "edge/directory/mutations.h"

namespace outhaul::edge {
namespace {

/// The store's answer, after putting it into the next snapshot if there is one.
template <typename T>
Result<T> put_into(Snapshot& next, Result<T> stored) {
  if (stored) next.put(*stored);
  return stored;
}

}  // namespace

Result<Tunnel> CreateTunnel::apply(Store& store, Snapshot& next) const {
  Tunnel tunnel;
  tunnel.id = id;
  tunnel.name = name;
  tunnel.created_at = now();
  tunnel.public_keys = {public_key};
  return put_into(next, store.create_tunnel(tunnel));
}

Result<Tunnel> DisableTunnel::apply(Store& store, Snapshot& next) const {
  Store::TunnelChange change;
  change.disabled = disabled;
  return put_into(next, store.change_tunnel(id, change));
}

Result<Tunnel> AddTunnelKey::apply(Store& store, Snapshot& next) const {
  Store::TunnelChange change;
  change.add_key = public_key;
  change.remove_key = replaced;
  return put_into(next, store.change_tunnel(id, change));
}

Result<Tunnel> RevokeTunnelKey::apply(Store& store, Snapshot& next) const {
  Store::TunnelChange change;
  change.remove_key = public_key;
  return put_into(next, store.change_tunnel(id, change));
}

Result<Tunnel> DeleteTunnel::apply(Store& store, Snapshot& next) const {
  return put_into(next, store.delete_tunnel(id, now()));
}

Result<Service> CreateService::apply(Store& store, Snapshot& next) const {
  const Timestamp created = now();
  return put_into(next, store.create_service({Uuid::random(), spec, created, created}));
}

Result<Service> ReplaceService::apply(Store& store, Snapshot& next) const {
  return put_into(next, store.replace_service(id, spec, now()));
}

Result<Service> DeleteService::apply(Store& store, Snapshot& next) const {
  Result<Service> deleted = store.delete_service(id);
  if (deleted) next.erase_service(id);
  return deleted;
}

Result<Binding> CreateBinding::apply(Store& store, Snapshot& next) const {
  return put_into(next,
                  store.create_binding({Uuid::random(), service_id, token_hash, name, now()}));
}

Result<Binding> DeleteBinding::apply(Store& store, Snapshot& next) const {
  Result<Binding> deleted = store.delete_binding(id);
  if (deleted) next.erase_binding(id);
  return deleted;
}

Result<std::string> CopyDatabase::apply(Store& store, Snapshot& /*next*/) const {
  return store.copy();
}

}  // namespace outhaul::edge
