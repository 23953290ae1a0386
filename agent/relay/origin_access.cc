#include "agent/relay/origin_access.h"

#include <utility>

namespace outhaul::agent {

Task<std::optional<RelayFailure>> OriginAccess::locate() {
  const KnownService& service = *request_.service;
  const std::optional<ServiceAddress>& address = service.settings->address;
  if (address && address->is_unix()) {
    target_ = request_.context.locator.locate_unix(service.descriptor, address->unix_path);
    request_.record.mark_other();
  } else {
    target_ =
        co_await request_.context.locator.locate(service.destination(), service.settings->lookup);
    if (service.destination().hostname.empty()) {
      request_.record.mark_other();
    } else {
      request_.record.mark_dns();
    }
  }
  co_return std::move(target_.failure);
}

std::unique_ptr<OriginConnection> OriginAccess::take_idle() {
  if (target_.addresses.empty()) return nullptr;
  key_ = key_for(target_.addresses.front());
  auto connection = request_.context.pool.take(key_);
  if (!connection) return nullptr;
  request_.record.address = connection->address();
  request_.record.reused = true;
  return connection;
}

Task<std::unique_ptr<OriginConnection>> OriginAccess::dial() {
  // Ends what came before: the use of a pooled connection that had been closed.
  request_.record.mark_other();
  request_.record.reused = false;
  std::optional<TcpConnected> tcp_connected;
  OriginTls tls;
  tls.tcp_connected = &tcp_connected;
  if (wants_tls()) {
    tls.wanted = true;
    tls.server_name = name_for_tls();
    tls.verification = request_.descriptor().tls;
    tls.alpn = request_.descriptor().type == tunnel::ServiceType::http ? OriginAlpn::http1
                                                                       : OriginAlpn::none;
  }
  auto connected = co_await request_.context.connector.connect(target_.addresses, std::move(tls),
                                                               request_.settings());
  if (tcp_connected) {
    request_.record.mark_connect(tcp_connected->at);
    request_.record.address = tcp_connected->address.to_string();
  } else {
    request_.record.mark_connect(std::nullopt);
  }
  if (!connected) {
    failure_ = RelayFailure{failure_of_connecting(connected.error().kind),
                            std::move(connected.error().message)};
    co_return nullptr;
  }
  key_ = key_for(connected->address);
  request_.record.address = connected->connection->address();
  co_return std::move(connected->connection);
}

void OriginAccess::give_back(std::unique_ptr<OriginConnection> connection) {
  const ServiceSettings& settings = request_.settings();
  request_.context.pool.give_back(
      key_, std::move(connection),
      {.timeout = settings.keep_alive_timeout, .connections = settings.keep_alive_connections});
}

bool OriginAccess::wants_tls() const {
  return request_.descriptor().scheme == tunnel::ServiceScheme::https ||
         request_.descriptor().scheme == tunnel::ServiceScheme::tls;
}

std::string OriginAccess::name_for_tls() const {
  const std::string& configured = request_.settings().server_name;
  return configured.empty() ? server_name(request_.descriptor(), authority_) : configured;
}

OriginKey OriginAccess::key_for(const net::SocketAddress& address) const {
  OriginKey key;
  key.service = request_.descriptor().id;
  key.scheme = request_.descriptor().scheme;
  if (address.is_unix()) {
    key.unix_path = address.path();
  } else {
    key.address = address.ip();
    key.port = address.port();
  }
  if (wants_tls()) {
    key.identity = request_.settings().identity;
    key.server_name = name_for_tls();
    key.verification = request_.descriptor().tls;
  }
  return key;
}

}  // namespace outhaul::agent
