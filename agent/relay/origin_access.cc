#include "agent/relay/origin_access.h"

#include <utility>

#include "agent/origins/proxy_protocol.h"
#include "common/http/forwarded.h"

namespace outhaul::agent {

namespace {

/// Failures that say something about the address; others are this machine's or the origin's TLS.
bool counts_for_circuit(ErrorKind kind) {
  return kind == ErrorKind::refused || kind == ErrorKind::unreachable ||
         kind == ErrorKind::timed_out;
}

}  // namespace

Task<std::optional<RelayFailure>> OriginAccess::locate() {
  if (locate_at_once()) co_return std::nullopt;
  const KnownService& service = *request_.service;
  const std::optional<ServiceAddress>& address = service.settings->address;
  TargetLocator& locator = request_.context.locator;
  Target target;
  if (address && address->is_unix()) {
    target = locator.locate_unix(service.descriptor, address->unix_path);
    request_.record.mark_other();
  } else {
    target = co_await locator.locate(service.destination(), service.settings->lookup);
    if (service.destination().hostname.empty()) {
      request_.record.mark_other();
    } else {
      request_.record.mark_dns();
    }
  }
  auto located = std::make_shared<const Target>(std::move(target));
  if (located->lasting) locator.remember(located, *service.remembered);
  take_target(std::move(located));
  co_return target_->failure;
}

bool OriginAccess::locate_at_once() {
  const KnownService& service = *request_.service;
  auto known = request_.context.locator.recall(*service.remembered);
  if (!known) return false;
  request_.record.mark_other();
  take_target(std::move(known));
  return true;
}

void OriginAccess::take_target(std::shared_ptr<const Target> target) {
  target_ = std::move(target);
  const tunnel::Descriptor& descriptor = request_.descriptor();
  key_.service = descriptor.id;
  key_.scheme = descriptor.scheme;
  if (!wants_tls()) return;
  key_.server_name = name_for_tls();
  key_.verification = descriptor.tls;
  key_.identity = request_.settings().identity;
}

bool OriginAccess::wants_tls() const {
  return request_.descriptor().scheme == tunnel::ServiceScheme::https ||
         request_.descriptor().scheme == tunnel::ServiceScheme::tls;
}

std::string OriginAccess::name_for_tls() const {
  const std::string& configured = request_.settings().server_name;
  return configured.empty() ? server_name(request_.descriptor(), authority_) : configured;
}

/// Who is in front of the edge, as the edge says.
std::optional<net::SocketAddress> OriginAccess::client_address() const {
  const auto client = http::last_forwarded_for(request_.stream.request().fields);
  return client ? parse_client_address(*client) : std::nullopt;
}

bool OriginAccess::may_be_http2() const {
  if (http1_only_) return false;
  if (must_be_http2()) return true;
  return is_http() && wants_tls() && request_.settings().protocol == OriginProtocol::automatic;
}

bool OriginAccess::must_be_http2() const {
  return is_http() && request_.settings().protocol == OriginProtocol::http2;
}

const OriginKey& OriginAccess::key_for(const net::SocketAddress& address) {
  if (address.is_unix()) {
    key_.unix_path = address.path();
  } else {
    key_.address = address.ip();
    key_.port = address.port();
  }
  return key_;
}

OriginLease OriginAccess::take() {
  OriginLease lease;
  if (may_be_http2()) lease.http2 = take_http2();
  if (!lease && !must_be_http2()) lease.http1 = take_idle();
  return lease;
}

std::shared_ptr<H2Origin> OriginAccess::take_http2() {
  if (addresses().empty()) return nullptr;
  return take_http2(addresses().front());
}

std::shared_ptr<H2Origin> OriginAccess::take_http2(const net::SocketAddress& address) {
  OriginPool& pool = request_.context.pool;
  if (pool.http2().empty()) return nullptr;
  std::shared_ptr<H2Origin> origin = pool.http2().find(key_for(address), avoided_.get());
  if (!origin) return nullptr;
  pool.count_reused();
  record(origin->address(), true);
  return origin;
}

std::shared_ptr<H2Origin> OriginAccess::take_http2_of_any_address() {
  for (const net::SocketAddress& address : addresses()) {
    if (std::shared_ptr<H2Origin> origin = take_http2(address)) return origin;
  }
  return nullptr;
}

std::unique_ptr<OriginConnection> OriginAccess::take_idle() {
  if (addresses().empty()) return nullptr;
  OriginPool& pool = request_.context.pool;
  auto connection = pool.take(key_for(addresses().front()));
  if (!connection) return nullptr;
  pool.count_reused();
  record(connection->address(), true);
  return connection;
}

Task<OriginLease> OriginAccess::connect() {
  OriginLease lease;
  if (!may_be_http2()) {
    lease.http1 = co_await dial();
    co_return lease;
  }
  DialSharing& dials = request_.context.pool.dials();
  lease.http2 = take_http2();
  for (;;) {
    if (lease) co_return lease;
    const OriginKey& key = key_for(addresses().front());
    const std::shared_ptr<SharedDial> shared = dials.join(key);
    if (!shared) co_return co_await connect_for_all(dials.begin(key));
    co_await shared->done.wait();
    request_.record.mark_queue();
    if (shared->failure) {
      failure_ = shared->failure;
      co_return lease;
    }
    // The one who dialled may have had to go on to the next address.
    lease.http2 = take_http2_of_any_address();
  }
}

Task<OriginLease> OriginAccess::connect_for_all(DialSharing::Turn turn) {
  OriginLease lease;
  auto connected = co_await open(must_be_http2() ? OriginAlpn::http2 : OriginAlpn::http2_or_http1);
  if (!connected) {
    turn.failed(*failure_);
    co_return lease;
  }
  // Without TLS it is HTTP/2 by prior knowledge (RFC 9113 section 3.3).
  if (!connected->http2 && wants_tls()) {
    turn.got_http1();
    lease.http1 = std::move(connected->connection);
    co_return lease;
  }
  const ServiceSettings& settings = request_.settings();
  const H2OriginTimes times{.opening = settings.tls_timeout, .idle = settings.keep_alive_timeout};
  OriginConnection& connection = *connected->connection;
  auto origin = std::make_shared<H2Origin>(request_.context.loop, request_.context.limits,
                                           connection.take_stream(), connection.address(), times);
  origin->hold(connection.take_slot());
  request_.context.pool.http2().add(key_for(connected->address), origin);
  const Result<void> opened = co_await origin->wait_until_open();
  if (!opened) {
    fail(failure_of_response(opened.error().kind), opened.error().message +
                                                       "; does the origin at " + origin->address() +
                                                       " speak HTTP/2? See --origin-protocol");
    turn.failed(*failure_);
    co_return lease;
  }
  turn.got_http2(origin->room());
  lease.http2 = std::move(origin);
  co_return lease;
}

Task<std::unique_ptr<OriginConnection>> OriginAccess::dial() {
  auto connected = co_await open(is_http() ? OriginAlpn::http1 : OriginAlpn::none);
  if (!connected) co_return nullptr;
  co_return std::move(connected->connection);
}

Task<std::optional<ConnectedOrigin>> OriginAccess::open(OriginAlpn alpn) {
  OriginPool& pool = request_.context.pool;
  const std::vector<net::SocketAddress> dialled = dialable_addresses();
  if (dialled.empty()) {
    pool.count_circuit_refusal();
    fail(tunnel::Failure::circuit_open,
         "the origin could not be connected to many times just now; it is tried again every "
         "second (--circuit-failures)");
    co_return std::nullopt;
  }
  const std::uint32_t limit = request_.settings().connections;
  auto slot = pool.reserve(request_.descriptor().id, request_.service->use, limit);
  if (!slot && request_.context.make_room) {
    Task<void> making = request_.context.make_room(request_.descriptor().id);
    co_await std::move(making);
    slot = pool.reserve(request_.descriptor().id, request_.service->use, limit);
  }
  if (!slot) {
    pool.count_cap_refusal();
    const bool own = request_.service->use->connections >= limit;
    fail(tunnel::Failure::too_many_connections,
         own ? "this service has " + std::to_string(limit) +
                   " origin connections through this agent already (--connections-per-service)"
             : "this agent has " + std::to_string(pool.maximum()) +
                   " origin connections already (--streams)");
    co_return std::nullopt;
  }
  // Ends what came before: the use of a connection that had been closed.
  request_.record.mark_other();
  std::optional<TcpConnected> tcp_connected;
  OriginTls tls;
  tls.tcp_connected = &tcp_connected;
  if (wants_tls()) {
    tls.wanted = true;
    tls.server_name = key_.server_name;
    tls.verification = key_.verification;
    tls.alpn = alpn;
  }
  tls.tell_client = !is_http() && request_.settings().proxy_protocol == ProxyProtocol::v2;
  if (tls.tell_client) tls.client = client_address();
  auto connected =
      co_await request_.context.connector.connect(dialled, std::move(tls), request_.settings());
  if (tcp_connected) {
    request_.record.mark_connect(tcp_connected->at);
    record(tcp_connected->address.to_string(), false);
  } else {
    request_.record.mark_connect(std::nullopt);
  }
  note_dial(dialled, connected);
  if (!connected) {
    fail(failure_of_connecting(connected.error().kind), std::move(connected.error().message));
    co_return std::nullopt;
  }
  connected->connection->hold(*std::move(slot));
  key_for(connected->address);
  record(connected->connection->address(), false);
  co_return *std::move(connected);
}

std::vector<net::SocketAddress> OriginAccess::dialable_addresses() {
  Circuits& circuits = request_.context.pool.circuits();
  if (circuits.open() == 0) return addresses();
  std::vector<net::SocketAddress> dialable;
  for (const net::SocketAddress& address : addresses()) {
    if (circuits.may_dial(key_for(address), request_.context.loop.now())) {
      dialable.push_back(address);
    }
  }
  return dialable;
}

void OriginAccess::note_dial(const std::vector<net::SocketAddress>& tried,
                             const Result<ConnectedOrigin>& connected) {
  Circuits& circuits = request_.context.pool.circuits();
  if (connected) return circuits.succeeded(key_for(connected->address));
  const std::uint32_t threshold = request_.settings().circuit_failures;
  if (threshold == 0 || !counts_for_circuit(connected.error().kind)) return;
  for (const net::SocketAddress& address : tried)
    circuits.failed(key_for(address), threshold, request_.context.loop.now());
}

void OriginAccess::fail(tunnel::Failure failure, std::string detail) {
  failure_ = RelayFailure{failure, std::move(detail)};
}

void OriginAccess::record(const std::string& address, bool reused) {
  request_.record.address = address;
  request_.record.reused = reused;
}

void OriginAccess::give_back(std::unique_ptr<OriginConnection> connection) {
  const ServiceSettings& settings = request_.settings();
  request_.context.pool.give_back(
      key_, std::move(connection),
      {.timeout = settings.keep_alive_timeout, .connections = settings.keep_alive_connections});
}

}  // namespace outhaul::agent
