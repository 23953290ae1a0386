#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "edge/directory/rows.h"
#include "edge/directory/store.h"

namespace outhaul::edge {
namespace {

SqlValue or_null(std::string_view text) {
  return text.empty() ? SqlValue(nullptr) : SqlValue(text);
}

SqlValue or_null(const std::optional<std::uint16_t>& port) {
  return port ? SqlValue(std::int64_t{*port}) : SqlValue(nullptr);
}

}  // namespace

Result<Service> Store::service(const Uuid& id) {
  const std::string text = id.to_string();
  OUTHAUL_TRY(rows, database_.query(kSelectServices + " WHERE id = ?", {text}));
  OUTHAUL_TRY(found, rows.step());
  if (!found) return Error{ErrorKind::not_found, "service " + text + ": not found"};
  return read_service(rows);
}

/// `id` is the service's own: replacing a service may keep its name.
Result<void> Store::check_service_fits(const Uuid& id, const ServiceSpec& spec) {
  OUTHAUL_CHECK(check_name(spec.name));
  const std::string own_id = id.to_string();
  const std::string tunnel_id = spec.tunnel_id.to_string();
  OUTHAUL_TRY(same_name, database_.query("SELECT id FROM services WHERE name = ? AND id <> ?",
                                         {spec.name, own_id}));
  OUTHAUL_TRY(taken, same_name.step());
  if (taken) {
    return Error{ErrorKind::invalid, "name: a service named \"" + spec.name +
                                         "\" exists already (" + std::string(same_name.text(0)) +
                                         "); choose another name or delete that service"};
  }
  OUTHAUL_TRY(tunnel, database_.query("SELECT 1 FROM tunnels WHERE id = ? AND deleted_at IS NULL",
                                      {tunnel_id}));
  OUTHAUL_TRY(known, tunnel.step());
  if (known) return {};
  const bool by_name = !spec.host.hostname.empty();
  return Error{ErrorKind::invalid,
               std::string(by_name ? "host.resolver_network.tunnel_id" : "host.network.tunnel_id") +
                   ": no tunnel has the id " + tunnel_id + "; create the tunnel first"};
}

Result<Service> Store::create_service(const Service& service) {
  const ServiceSpec& spec = service.spec;
  OUTHAUL_TRY(transaction, Transaction::begin(database_));
  OUTHAUL_CHECK(check_service_fits(service.id, spec));
  const std::string id = service.id.to_string();
  const std::string tunnel_id = spec.tunnel_id.to_string();
  const std::string resolver_ips = join_commas(spec.resolver_ips);
  OUTHAUL_CHECK(database_.run(
      "INSERT INTO services (id, name, type, http_port, https_port, tcp_port, app_protocol, "
      "hostname, ipv4, ipv6, tunnel_id, resolver_ips, tls_mode, created_at, updated_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {id, spec.name, to_string(spec.type), or_null(spec.http_port), or_null(spec.https_port),
       or_null(spec.tcp_port), or_null(spec.app_protocol), or_null(spec.host.hostname),
       or_null(spec.host.ipv4), or_null(spec.host.ipv6), tunnel_id, or_null(resolver_ips),
       or_null(spec.tls ? to_string(*spec.tls) : std::string_view()),
       service.created_at.time_since_epoch().count(),
       service.updated_at.time_since_epoch().count()}));
  OUTHAUL_CHECK(transaction.commit());
  return service;
}

Result<Service> Store::replace_service(const Uuid& id, const ServiceSpec& spec, Timestamp when) {
  OUTHAUL_TRY(transaction, Transaction::begin(database_));
  OUTHAUL_TRY(replaced, service(id));
  OUTHAUL_CHECK(check_service_fits(id, spec));
  const std::string text = id.to_string();
  const std::string tunnel_id = spec.tunnel_id.to_string();
  const std::string resolver_ips = join_commas(spec.resolver_ips);
  OUTHAUL_CHECK(database_.run(
      "UPDATE services SET name = ?, type = ?, http_port = ?, https_port = ?, tcp_port = ?, "
      "app_protocol = ?, hostname = ?, ipv4 = ?, ipv6 = ?, tunnel_id = ?, resolver_ips = ?, "
      "tls_mode = ?, updated_at = ? WHERE id = ?",
      {spec.name, to_string(spec.type), or_null(spec.http_port), or_null(spec.https_port),
       or_null(spec.tcp_port), or_null(spec.app_protocol), or_null(spec.host.hostname),
       or_null(spec.host.ipv4), or_null(spec.host.ipv6), tunnel_id, or_null(resolver_ips),
       or_null(spec.tls ? to_string(*spec.tls) : std::string_view()),
       when.time_since_epoch().count(), text}));
  OUTHAUL_CHECK(transaction.commit());
  replaced.spec = spec;
  replaced.updated_at = when;
  return replaced;
}

Result<Service> Store::delete_service(const Uuid& id) {
  OUTHAUL_TRY(transaction, Transaction::begin(database_));
  OUTHAUL_TRY(deleted, service(id));
  const std::string text = id.to_string();
  OUTHAUL_CHECK(database_.run("DELETE FROM services WHERE id = ?", {text}));
  OUTHAUL_CHECK(transaction.commit());
  return deleted;
}

}  // namespace outhaul::edge
