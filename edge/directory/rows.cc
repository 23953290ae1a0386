#include "edge/directory/rows.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace outhaul::edge {
namespace {

Error damaged(std::string_view column) {
  return {ErrorKind::invalid, "the directory file is damaged: bad value in " + std::string(column) +
                                  "; restore it from a backup"};
}

Timestamp time_at(const Statement& row, int column) {
  return Timestamp(std::chrono::milliseconds(row.integer(column)));
}

Result<Uuid> uuid_at(const Statement& row, int column, std::string_view name) {
  auto id = Uuid::parse(row.text(column));
  if (!id) return damaged(name);
  return *id;
}

Result<std::optional<std::uint16_t>> port_at(const Statement& row, int column,
                                             std::string_view name) {
  if (row.is_null(column)) return std::optional<std::uint16_t>();
  const std::int64_t port = row.integer(column);
  if (port < 1 || port > 65535) return damaged(name);
  return std::optional(static_cast<std::uint16_t>(port));
}

template <std::size_t N>
bool copy_exactly(Bytes from, std::array<std::byte, N>& to) {
  if (from.size() != N) return false;
  std::copy(from.begin(), from.end(), to.begin());
  return true;
}

std::vector<std::string> split_commas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

}  // namespace

Result<Tunnel> read_tunnel(const Statement& row) {
  Tunnel tunnel;
  OUTHAUL_TRY(id, uuid_at(row, 0, "tunnels.id"));
  tunnel.id = id;
  tunnel.name = row.text(1);
  tunnel.created_at = time_at(row, 2);
  if (!row.is_null(3)) tunnel.deleted_at = time_at(row, 3);
  tunnel.disabled = row.integer(4) != 0;
  return tunnel;
}

Result<Service> read_service(const Statement& row) {
  Service service;
  ServiceSpec& spec = service.spec;
  OUTHAUL_TRY(id, uuid_at(row, 0, "services.id"));
  service.id = id;
  spec.name = row.text(1);
  const auto type = service_type_from(row.text(2));
  if (!type) return damaged("services.type");
  spec.type = *type;
  OUTHAUL_TRY(http_port, port_at(row, 3, "services.http_port"));
  OUTHAUL_TRY(https_port, port_at(row, 4, "services.https_port"));
  OUTHAUL_TRY(tcp_port, port_at(row, 5, "services.tcp_port"));
  spec.http_port = http_port;
  spec.https_port = https_port;
  spec.tcp_port = tcp_port;
  spec.app_protocol = row.text(6);
  spec.host = {std::string(row.text(7)), std::string(row.text(8)), std::string(row.text(9))};
  OUTHAUL_TRY(tunnel_id, uuid_at(row, 10, "services.tunnel_id"));
  spec.tunnel_id = tunnel_id;
  spec.resolver_ips = split_commas(row.text(11));
  if (!row.is_null(12)) {
    spec.tls = tls_verification_from(row.text(12));
    if (!spec.tls) return damaged("services.tls_mode");
  }
  service.created_at = time_at(row, 13);
  service.updated_at = time_at(row, 14);
  return service;
}

Result<Binding> read_binding(const Statement& row) {
  Binding binding;
  OUTHAUL_TRY(id, uuid_at(row, 0, "bindings.id"));
  OUTHAUL_TRY(service_id, uuid_at(row, 1, "bindings.service_id"));
  binding.id = id;
  binding.service_id = service_id;
  if (!copy_exactly(row.blob(2), binding.token_hash)) return damaged("bindings.token_hash");
  binding.name = row.text(3);
  binding.created_at = time_at(row, 4);
  return binding;
}

Result<std::vector<PublicKey>> read_keys(Database& database, const Uuid& tunnel_id) {
  const std::string id = tunnel_id.to_string();
  OUTHAUL_TRY(
      rows, database.query(
                "SELECT public_key FROM tunnel_keys WHERE tunnel_id = ? ORDER BY position", {id}));
  std::vector<PublicKey> keys;
  while (true) {
    OUTHAUL_TRY(found, rows.step());
    if (!found) break;
    PublicKey key{};
    if (!copy_exactly(rows.blob(0), key)) return damaged("tunnel_keys.public_key");
    keys.push_back(key);
  }
  if (keys.empty()) return damaged("tunnel_keys (a tunnel without a key)");
  return keys;
}

std::string join_commas(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += ',';
    text += part;
  }
  return text;
}

}  // namespace outhaul::edge
