#include "agent/origins/connector.h"

#include <chrono>
#include <optional>
#include <utility>

#include "agent/origins/proxy_protocol.h"
#include "common/async/combinators.h"
#include "common/base/ip_address.h"
#include "common/base/limits.h"
#include "common/http/syntax.h"
#include "common/net/dial.h"
#include "common/net/io.h"
#include "common/net/trust_store.h"

namespace outhaul::agent {

namespace {

net::PeerVerification verification_of(tunnel::TlsVerification verification) {
  switch (verification) {
    case tunnel::TlsVerification::verify_ca:
      return net::PeerVerification::chain_only;
    case tunnel::TlsVerification::disabled:
      return net::PeerVerification::disabled;
    case tunnel::TlsVerification::verify_full:
      break;
  }
  return net::PeerVerification::full;
}

std::vector<std::string> names_of(OriginAlpn alpn) {
  switch (alpn) {
    case OriginAlpn::http1:
      return {"http/1.1"};
    case OriginAlpn::http2:
      return {"h2"};
    case OriginAlpn::http2_or_http1:
      return {"h2", "http/1.1"};
    case OriginAlpn::none:
      break;
  }
  return {};
}

/// A dead origin must not hold a pooled connection, nor an upload, for ever.
net::TcpOptions origin_tcp_options() {
  net::TcpOptions options;
  // Or the kernel takes 4 MiB of each upload that its origin does not read.
  options.unsent_bytes_low_water = default_limits.unsent_bytes_low_water;
  options.keepalive = net::Keepalive{};
  return options;
}

}  // namespace

std::string server_name(const tunnel::Descriptor& descriptor, std::string_view authority) {
  if (!descriptor.sni.empty()) return descriptor.sni;
  if (const auto parsed = http::parse_authority(authority)) {
    std::string host;
    for (const char c : parsed->host)
      host += http::to_lower(c);
    if (tunnel::validate_hostname(host)) return host;
  }
  if (!descriptor.hostname.empty()) return descriptor.hostname;
  const auto& literal = descriptor.ipv4 ? descriptor.ipv4 : descriptor.ipv6;
  return literal ? literal->address.to_string() : std::string();
}

Result<std::shared_ptr<const net::TlsClientContext>> OriginConnector::tls_context(
    const OriginTls& tls, const ServiceSettings& settings) {
  const ContextKey key{tls.verification, tls.alpn, settings.identity};
  if (const auto found = contexts_.find(key); found != contexts_.end()) {
    return found->second;
  }
  net::TlsClientOptions options;
  options.verification = verification_of(tls.verification);
  options.alpn = names_of(tls.alpn);
  if (tls.alpn == OriginAlpn::http2) options.alpn_rule = net::AlpnRule::required;
  const OriginIdentity* identity = settings.identity.get();
  if (identity != nullptr) {
    options.trust = identity->trust();
    options.key_pair = identity->key_pair();
  }
  if (options.verification != net::PeerVerification::disabled && !options.trust) {
    OUTHAUL_TRY(trust, net::TrustStore::system());
    options.trust = trust;
  }
  OUTHAUL_TRY(context, net::TlsClientContext::create(std::move(options)));
  contexts_[key] = context;
  return context;
}

Task<Result<std::unique_ptr<net::TcpStream>>> OriginConnector::dial(
    std::vector<net::SocketAddress> addresses, const ServiceSettings& settings) {
  net::DialOptions options;
  options.connect_timeout = settings.connect_timeout;
  // The locator has put them in order, families and all.
  options.order = net::DialOrder::as_given;
  options.listener = listener_;
  options.tcp = origin_tcp_options();
  return net::dial(loop_, std::move(addresses), options);
}

Task<Result<std::unique_ptr<net::TlsStream>>> OriginConnector::secure(
    std::unique_ptr<net::TcpStream> tcp, OriginTls tls, const ServiceSettings& settings) {
  const std::string address = tcp->peer_address().to_string();
  OUTHAUL_CO_TRY(context, tls_context(tls, settings));
  const net::TlsTarget target{.name = tls.server_name, .sni = {}};
  auto secured = std::make_unique<net::TlsStream>(std::move(tcp), context, target);
  Task<Result<void>> handshake = secured->handshake();
  OUTHAUL_CO_CHECK(done, co_await with_deadline(loop_, std::move(handshake), settings.tls_timeout,
                                                "the TLS handshake with " + address));
  co_return secured;
}

Task<Result<ConnectedOrigin>> OriginConnector::connect(std::vector<net::SocketAddress> addresses,
                                                       OriginTls tls,
                                                       const ServiceSettings& settings) {
  OUTHAUL_CO_TRY(tcp, co_await dial(std::move(addresses), settings));
  const net::SocketAddress address = tcp->peer_address();
  if (tls.tell_client) {
    const std::string header = proxy_protocol_v2(tls.client, address);
    OUTHAUL_CO_CHECK(told, co_await net::write_all(*tcp, as_bytes(header)));
  }
  std::unique_ptr<net::ByteStream> stream;
  bool http2 = false;
  if (tls.wanted) {
    if (tls.tcp_connected != nullptr) *tls.tcp_connected = {LoopClock::now(), address};
    OUTHAUL_CO_TRY(secured, co_await secure(std::move(tcp), std::move(tls), settings));
    http2 = secured->alpn() == "h2";
    stream = std::move(secured);
  } else {
    stream = std::move(tcp);
  }
  ConnectedOrigin connected;
  connected.connection = std::make_unique<OriginConnection>(std::move(stream), address.to_string());
  connected.address = address;
  connected.http2 = http2;
  co_return connected;
}

}  // namespace outhaul::agent
