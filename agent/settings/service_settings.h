#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "agent/network/lookup_preferences.h"
#include "agent/settings/service_address.h"
#include "common/base/limits.h"
#include "common/base/uuid.h"

namespace outhaul::agent {

class OriginIdentity;

/// Which HTTP is spoken with an origin.
enum class OriginProtocol : std::uint8_t {
  automatic,  ///< over TLS what ALPN chooses (h2 or http/1.1), HTTP/1.1 without TLS
  http1,      ///< HTTP/1.1
  http2,      ///< HTTP/2: by ALPN over TLS, with prior knowledge without (RFC 9113 section 3.3)
};

/// What precedes the bytes of a TCP service, so that its origin knows the client.
enum class ProxyProtocol : std::uint8_t { none, v2 };

/// How the agent treats one service: what its operator decides and no edge can change. The values
/// of the options are the default for all services; a service may have its own.
struct ServiceSettings {
  /// The defaults, with the times and counts of `limits`.
  explicit ServiceSettings(const Limits& limits = default_limits);

  // --- Times toward the origin ---
  std::chrono::seconds connect_timeout;
  std::chrono::seconds tls_timeout;
  /// From the end of the request to the end of the response's head.
  std::chrono::seconds first_byte_timeout;
  /// No byte of a response body.
  std::chrono::seconds idle_timeout;
  /// No byte of a request body accepted by the origin.
  std::chrono::seconds upload_stall_timeout;
  /// Silence of a TCP or WebSocket stream; 0 is no limit.
  std::chrono::seconds tcp_idle;

  // --- How it is spoken with ---
  OriginProtocol protocol = OriginProtocol::automatic;
  ProxyProtocol proxy_protocol = ProxyProtocol::none;
  /// What the origin sees as Host instead of what the client asked for. Empty: unchanged.
  std::string host;
  /// Server name for SNI and verification instead of the one the descriptor leads to.
  std::string server_name;
  /// PEM file of CAs for the origin. Empty: the system's trust store.
  std::string origin_ca;
  /// PEM files of what the origin asks to see in mutual TLS; both or none.
  std::string client_certificate;
  std::string client_key;
  /// Contents of the three, read when the configuration was loaded. Null: the system's trust store
  /// and no certificate.
  std::shared_ptr<const OriginIdentity> identity;
  /// Where the service really is, instead of where the descriptor says.
  std::optional<ServiceAddress> address;

  /// How its addresses are found.
  LookupPreferences lookup;

  // --- Capacity; over it the answer is 503 ---
  /// Requests at a time, TCP and WebSocket streams included.
  std::uint32_t requests;
  /// TCP streams at a time.
  std::uint32_t tcp_streams;
  /// Origin connections at a time, idle ones included.
  std::uint32_t connections;
  /// Failed attempts in a row after which an address is not dialled for a while; 0 is never.
  std::uint32_t circuit_failures = 10;
  /// Bytes of one request body. None: no limit.
  std::optional<std::uint64_t> request_body;

  // --- Idle connections that are kept for reuse ---
  std::chrono::seconds keep_alive_timeout{60};
  std::size_t keep_alive_connections;
};

/// The settings of every service: a default, and what single services have of their own.
/// Immutable once in use; a reload makes a new table, and requests under way keep what they had.
class ServiceSettingsTable {
 public:
  explicit ServiceSettingsTable(ServiceSettings defaults)
      : defaults_(std::make_shared<const ServiceSettings>(std::move(defaults))) {}

  void set(const Uuid& service, ServiceSettings settings) {
    services_[service] = std::make_shared<const ServiceSettings>(std::move(settings));
  }

  /// Calls `use(settings)` for the default and each service's own.
  template <typename Use>
  void for_each(Use use) const {
    use(*defaults_);
    for (const auto& [service, settings] : services_)
      use(*settings);
  }

  const ServiceSettings& defaults() const { return *defaults_; }
  /// Never null.
  std::shared_ptr<const ServiceSettings> of(const Uuid& service) const {
    const auto found = services_.find(service);
    return found == services_.end() ? defaults_ : found->second;
  }

 private:
  std::shared_ptr<const ServiceSettings> defaults_;
  std::unordered_map<Uuid, std::shared_ptr<const ServiceSettings>> services_;
};

}  // namespace outhaul::agent
