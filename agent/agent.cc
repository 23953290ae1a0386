#include "agent/agent.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "agent/connections/ptth_setup.h"
#include "agent/connections/supervisor.h"
#include "agent/network/resolver_options.h"
#include "agent/network/target_locator.h"
#include "agent/origins/connector.h"
#include "agent/origins/pool.h"
#include "agent/relay/relay_context.h"
#include "agent/relay/relay_server.h"
#include "common/dns/resolver.h"
#include "common/net/tls_context.h"
#include "common/net/trust_store.h"
#include "common/tunnel/concealed_key.h"
#include "common/tunnel/ptth_names.h"

namespace outhaul::agent {

namespace {

Result<std::shared_ptr<const net::TlsClientContext>> edge_tls(const AgentOptions& options) {
  net::TlsClientOptions tls;
  tls.minimum_version = net::TlsVersion::tls_1_3;
  tls.alpn = {std::string(tunnel::ptth_tls_alpn)};
  tls.alpn_rule = net::AlpnRule::required;
  if (!options.edge_ca.empty()) {
    OUTHAUL_TRY(trust, net::TrustStore::from_file(options.edge_ca.string()));
    tls.trust = trust;
  } else if (!options.token.pins.empty()) {
    for (const tunnel::Pin& pin : options.token.pins)
      tls.pins.push_back(pin.to_string());
  } else {
    OUTHAUL_TRY(trust, net::TrustStore::system());
    tls.trust = trust;
  }
  return net::TlsClientContext::create(std::move(tls));
}

std::function<void(std::string)> warn_in(Log& log) {
  return [&log](const std::string& message) { log.warn("resolver", {{"message", message}}); };
}

PoolLimits pool_limits(const Limits& limits) {
  PoolLimits pool;
  pool.idle = std::chrono::seconds(60);
  // A batch of answers comes back in one turn: what is closed then is dialled again in the next
  // (measured: 65.9 instead of 24.2 us of CPU a request at 4 x 100 streams with 64 a service).
  pool.idle_per_key = limits.streams_per_agent;
  pool.idle_in_all = limits.streams_per_agent;
  return pool;
}

}  // namespace

class Agent::Parts {
 public:
  Parts(Loop& loop, Log& log, const AgentOptions& options,
        std::shared_ptr<const net::TlsClientContext> tls, std::function<void()> deleted)
      : policy(options.policy),
        resolver(loop, resolver_options(options.limits, warn_in(log))),
        locator(policy, resolver),
        connector(loop, options.limits, options.origin_ca.string()),
        pool(loop, pool_limits(options.limits)),
        relay_context{.loop = loop,
                      .log = log,
                      .limits = options.limits,
                      .tunnel_id = options.tunnel_id,
                      .locator = locator,
                      .connector = connector,
                      .pool = pool,
                      .access_log = options.access_log},
        server(relay_context),
        key(tunnel::ConcealedKey::derive(options.tunnel_id, options.token.secret)),
        setup(loop, options.tunnel_id, key, options.limits),
        connection_context{.loop = loop,
                           .log = log,
                           .limits = options.limits,
                           .setup = setup,
                           .server = server,
                           .tls = std::move(tls)},
        supervisor(connection_context, resolver, options.edges,
                   {.addresses = [this](const auto& found) { protect(found); },
                    .deleted = std::move(deleted)}),
        grace(options.limits.grace_period) {}

  void protect(const std::vector<IpAddress>& found) {
    for (const IpAddress& address : found) {
      if (std::ranges::find(edge_addresses, address) == edge_addresses.end()) {
        edge_addresses.push_back(address);
      }
    }
    policy.set_protected({}, edge_addresses);
  }

  Policy policy;
  std::vector<IpAddress> edge_addresses;
  dns::Resolver resolver;
  TargetLocator locator;
  OriginConnector connector;
  OriginPool pool;
  RelayContext relay_context;
  RelayServer server;
  tunnel::ConcealedKey key;
  PtthSetup setup;
  ConnectionContext connection_context;
  Supervisor supervisor;
  Duration grace;
};

Result<std::unique_ptr<Agent>> Agent::create(Loop& loop, Log& log, const AgentOptions& options,
                                             std::function<void()> deleted) {
  OUTHAUL_TRY(tls, edge_tls(options));
  if (!options.origin_ca.empty()) {
    // Refused now rather than with the first request.
    OUTHAUL_CHECK(net::TrustStore::from_file(options.origin_ca.string()));
  }
  auto parts = std::make_unique<Parts>(loop, log, options, tls, std::move(deleted));
  return std::unique_ptr<Agent>(new Agent(std::move(parts)));
}

Agent::Agent(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Agent::~Agent() = default;

void Agent::start() {
  parts_->supervisor.start();
}

Task<void> Agent::drain() {
  co_await parts_->supervisor.drain(parts_->grace);
  parts_->pool.close_all();
}

}  // namespace outhaul::agent
