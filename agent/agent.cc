#include "agent/agent.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "agent/connections/ptth_setup.h"
#include "agent/connections/supervisor.h"
#include "agent/network/address_memory.h"
#include "agent/network/address_prober.h"
#include "agent/network/local_addresses.h"
#include "agent/network/resolver_options.h"
#include "agent/network/target_locator.h"
#include "agent/origins/connector.h"
#include "agent/origins/pool.h"
#include "agent/policy/current_policy.h"
#include "agent/relay/relay_context.h"
#include "agent/relay/relay_server.h"
#include "common/async/clock_jumps.h"
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

/// An edge behind a name whose addresses change all the time must not fill the memory.
constexpr std::size_t edge_addresses_maximum = 1024;

/// One line for each thing that the policy would have refused.
std::function<void(const Refusal&, const Uuid&)> dry_run_in(Log& log) {
  return [&log](const Refusal& refusal, const Uuid& service) {
    log.warn("policy_dry_run", {{"service", service.to_string()},
                                {"target", refusal.target},
                                {"rule", refusal.rule},
                                {"lift", refusal.lift}});
  };
}

}  // namespace

class Agent::Parts {
 public:
  Parts(Loop& loop, Log& log, const AgentOptions& options,
        std::shared_ptr<const net::TlsClientContext> tls, std::function<void()> deleted)
      : policy(options.policy),
        resolver(loop, resolver_options(options.limits, options.names, warn_in(log))),
        prober(loop, address_memory),
        locator(policy, resolver,
                {.family = options.origin_family,
                 .memory = &address_memory,
                 .retry = [this](const auto& addresses) { prober.probe(addresses); },
                 .would_refuse = dry_run_in(log)}),
        connector(loop, &address_memory),
        pool(loop, options.limits.streams_per_agent),
        relay_context{.loop = loop,
                      .log = log,
                      .limits = options.limits,
                      .tunnel_id = options.tunnel_id,
                      .locator = locator,
                      .connector = connector,
                      .pool = pool,
                      .services = ServiceCache(options.services),
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
        clock_jumps(loop, options.limits.clock_jump, [this](Duration lost) { clock_jumped(lost); }),
        grace(options.limits.grace_period) {}

  void clock_jumped(Duration lost) {
    connection_context.log.warn("clock_jumped",
                                {{"lost_s", std::chrono::duration<double>(lost).count()}});
    supervisor.clock_jumped();
  }

  void protect(const std::vector<IpAddress>& found) {
    for (const IpAddress& address : found) {
      if (std::ranges::find(edge_addresses, address) != edge_addresses.end()) continue;
      if (edge_addresses.size() == edge_addresses_maximum) {
        edge_addresses.erase(edge_addresses.begin());
      }
      edge_addresses.push_back(address);
    }
    update_protection();
  }

  void update_protection() {
    std::vector<ListenEndpoint> endpoints;
    if (!listeners.empty()) endpoints = listen_endpoints(listeners, local_addresses());
    policy.set_protected(std::move(endpoints), edge_addresses);
  }

  CurrentPolicy policy;
  std::vector<IpAddress> edge_addresses;
  std::vector<net::SocketAddress> listeners;
  AddressMemory address_memory;
  dns::Resolver resolver;
  AddressProber prober;
  TargetLocator locator;
  OriginConnector connector;
  OriginPool pool;
  RelayContext relay_context;
  RelayServer server;
  tunnel::ConcealedKey key;
  PtthSetup setup;
  ConnectionContext connection_context;
  Supervisor supervisor;
  ClockJumps clock_jumps;
  Duration grace;
  bool draining = false;
};

Result<std::unique_ptr<Agent>> Agent::create(Loop& loop, Log& log, const AgentOptions& options,
                                             std::function<void()> deleted) {
  OUTHAUL_TRY(tls, edge_tls(options));
  auto parts = std::make_unique<Parts>(loop, log, options, tls, std::move(deleted));
  return std::unique_ptr<Agent>(new Agent(std::move(parts)));
}

Agent::Agent(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Agent::~Agent() = default;

void Agent::start() {
  parts_->supervisor.start();
}

void Agent::protect_listeners(std::vector<net::SocketAddress> listeners) {
  parts_->listeners = std::move(listeners);
  parts_->update_protection();
}

NetworkStatistics Agent::network_statistics() const {
  return {parts_->resolver.statistics(), parts_->locator.policy_statistics(),
          parts_->address_memory.statistics()};
}

AgentFigures Agent::figures() const {
  return {.draining = parts_->draining,
          .connections = parts_->supervisor.connections(),
          .connection_counters = parts_->connection_context.counters,
          .traffic = parts_->relay_context.traffic,
          .network = network_statistics(),
          .pool = parts_->pool.statistics()};
}

void Agent::configure(const AgentOptions& options) {
  parts_->policy.set_rules(options.policy);
  parts_->relay_context.services.configure(options.services);
  parts_->grace = options.limits.grace_period;
}

void Agent::forget_origin_identities() {
  parts_->connector.forget_contexts();
  parts_->pool.retire_all();
}

Task<void> Agent::drain() {
  return drain_within(parts_->grace);
}

Task<void> Agent::drain_within(Duration grace) {
  parts_->draining = true;
  co_await parts_->supervisor.drain(grace);
  parts_->pool.close_all();
}

std::size_t Agent::connections_serving() const {
  return parts_->supervisor.connections_serving();
}

}  // namespace outhaul::agent
