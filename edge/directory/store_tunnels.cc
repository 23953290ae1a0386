#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "edge/directory/rows.h"
#include "edge/directory/store.h"

namespace outhaul::edge {

namespace {

constexpr std::size_t key_count_maximum = 2;

Result<void> change_keys(Tunnel& tunnel, const Store::TunnelChange& change) {
  auto& keys = tunnel.public_keys;
  if (change.remove_key) {
    if (std::erase(keys, *change.remove_key) == 0) {
      return Error{ErrorKind::invalid,
                   "key: not a key of this tunnel; outhaul-edge tunnel keys lists them"};
    }
  }
  if (change.add_key) {
    if (keys.size() >= key_count_maximum) {
      return Error{ErrorKind::invalid,
                   "key: the tunnel has two keys already; revoke the one that no agent uses "
                   "(outhaul-edge tunnel keys, outhaul-edge tunnel revoke)"};
    }
    keys.push_back(*change.add_key);
  }
  if (!keys.empty()) return {};
  return Error{ErrorKind::invalid,
               "key: it is the tunnel's only key; rotate first, or disable or delete the tunnel"};
}

}  // namespace

Result<Tunnel> Store::live_tunnel(const Uuid& id) {
  const std::string text = id.to_string();
  OUTHAUL_TRY(rows,
              database_.query(kSelectTunnels + " WHERE id = ? AND deleted_at IS NULL", {text}));
  OUTHAUL_TRY(found, rows.step());
  if (!found) return Error{ErrorKind::not_found, "tunnel " + text + ": not found"};
  OUTHAUL_TRY(tunnel, read_tunnel(rows));
  OUTHAUL_TRY(keys, read_keys(database_, id));
  tunnel.public_keys = std::move(keys);
  return tunnel;
}

Result<void> Store::check_tunnel_name_free(std::string_view name) {
  OUTHAUL_TRY(rows, database_.query("SELECT id FROM tunnels WHERE name = ? AND deleted_at IS NULL",
                                    {name}));
  OUTHAUL_TRY(taken, rows.step());
  if (!taken) return {};
  return Error{ErrorKind::invalid, "name: a tunnel named \"" + std::string(name) +
                                       "\" exists already (" + std::string(rows.text(0)) +
                                       "); choose another name or delete that tunnel"};
}

Result<void> Store::write_keys(const Tunnel& tunnel) {
  assert(tunnel.public_keys.size() == 1 || tunnel.public_keys.size() == 2);
  const std::string id = tunnel.id.to_string();
  OUTHAUL_CHECK(database_.run("DELETE FROM tunnel_keys WHERE tunnel_id = ?", {id}));
  std::int64_t position = 0;
  for (const PublicKey& key : tunnel.public_keys) {
    OUTHAUL_CHECK(
        database_.run("INSERT INTO tunnel_keys (tunnel_id, position, public_key) VALUES (?, ?, ?)",
                      {id, position++, Bytes(key)}));
  }
  return {};
}

Result<Tunnel> Store::create_tunnel(const Tunnel& tunnel) {
  OUTHAUL_CHECK(check_name(tunnel.name));
  OUTHAUL_TRY(transaction, Transaction::begin(database_));
  OUTHAUL_CHECK(check_tunnel_name_free(tunnel.name));
  const std::string id = tunnel.id.to_string();
  OUTHAUL_CHECK(
      database_.run("INSERT INTO tunnels (id, name, created_at, disabled) VALUES (?, ?, ?, ?)",
                    {id, tunnel.name, tunnel.created_at.time_since_epoch().count(),
                     std::int64_t{tunnel.disabled}}));
  OUTHAUL_CHECK(write_keys(tunnel));
  OUTHAUL_CHECK(transaction.commit());
  return tunnel;
}

Result<Tunnel> Store::change_tunnel(const Uuid& id, const TunnelChange& change) {
  OUTHAUL_TRY(transaction, Transaction::begin(database_));
  OUTHAUL_TRY(tunnel, live_tunnel(id));
  if (change.disabled) tunnel.disabled = *change.disabled;
  OUTHAUL_CHECK(change_keys(tunnel, change));
  const std::string text = id.to_string();
  OUTHAUL_CHECK(database_.run("UPDATE tunnels SET disabled = ? WHERE id = ?",
                              {std::int64_t{tunnel.disabled}, text}));
  OUTHAUL_CHECK(write_keys(tunnel));
  OUTHAUL_CHECK(transaction.commit());
  return tunnel;
}

Result<Tunnel> Store::delete_tunnel(const Uuid& id, Timestamp when) {
  OUTHAUL_TRY(transaction, Transaction::begin(database_));
  OUTHAUL_TRY(tunnel, live_tunnel(id));
  const std::string text = id.to_string();
  OUTHAUL_TRY(rows, database_.query("SELECT count(*), min(name) FROM services WHERE tunnel_id = ?",
                                    {text}));
  OUTHAUL_CHECK(rows.step());
  if (const std::int64_t count = rows.integer(0); count > 0) {
    return Error{ErrorKind::invalid, "tunnel " + text + ": still used by " + std::to_string(count) +
                                         (count == 1 ? " service" : " services") + ", e.g. \"" +
                                         std::string(rows.text(1)) +
                                         "\"; delete or move those services first"};
  }
  tunnel.deleted_at = when;
  OUTHAUL_CHECK(database_.run("UPDATE tunnels SET deleted_at = ? WHERE id = ?",
                              {when.time_since_epoch().count(), text}));
  OUTHAUL_CHECK(transaction.commit());
  return tunnel;
}

}  // namespace outhaul::edge
