#include "agent/agent.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/connections/edge_tls.h"
#include "agent/connections/profile.h"
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
#include "common/base/memory_budget.h"
#include "common/dns/resolver.h"
#include "common/net/certificate.h"
#include "common/net/expiry_watch.h"
#include "common/net/tls_context.h"

namespace outhaul::agent {

namespace {

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
  Parts(Loop& loop_in, Log& log_in, const AgentOptions& options,
        std::unique_ptr<Profile> chosen_profile, std::shared_ptr<const net::TlsClientContext> tls,
        std::shared_ptr<const net::TlsClientContext> tls_of_proxy, std::function<void()> deleted)
      : loop(loop_in),
        log(log_in),
        policy(options.policy),
        resolver(loop, resolver_options(options.limits, options.names, warn_in(log))),
        prober(loop, address_memory),
        locator(policy, resolver,
                {.family = options.origin_family,
                 .memory = &address_memory,
                 .retry = [this](const auto& addresses) { prober.probe(addresses); },
                 .would_refuse = dry_run_in(log)}),
        connector(loop, &address_memory),
        pool(loop, options.limits.streams_per_agent),
        memory(options.limits.memory_budget),
        relay_context{.loop = loop,
                      .log = log,
                      .limits = options.limits,
                      .tunnel_id = options.tunnel_id,
                      .locator = locator,
                      .connector = connector,
                      .pool = pool,
                      .services = ServiceCache(options.services),
                      .refuses_tunnel_fields =
                          options.profile == SetupProfile::rhttp && !options.rhttp.trust_descriptor,
                      .memory = &memory,
                      .access_log = options.access_log},
        server(relay_context),
        profile(std::move(chosen_profile)),
        connection_context{.loop = loop,
                           .log = log,
                           .limits = options.limits,
                           .setup = profile->setup(),
                           .server = server,
                           .tls = std::move(tls),
                           .reach = options.reach,
                           .proxy_tls = std::move(tls_of_proxy),
                           .takes_control_requests = options.profile != SetupProfile::rhttp ||
                                                     options.rhttp.control_requests,
                           .memory = &memory,
                           .expiries = &expiries,
                           .zone = options.zone,
                           .weight = options.weight},
        supervisor(connection_context, resolver, options.edges, edge_trust(options),
                   {.addresses = [this](const auto& found) { protect(found); },
                    .deleted = std::move(deleted)}),
        clock_jumps(loop, options.limits.clock_jump, [this](Duration lost) { clock_jumped(lost); }),
        grace(options.limits.grace_period) {
    relay_context.ingress = IngressRoutes(options.ingress, relay_context.services);
    watch_identities(*options.services);
    watch_own_certificate(options);
  }

  /// What this agent shows to edges, in a profile with a client certificate.
  void watch_own_certificate(const AgentOptions& options) {
    const auto& identity = options.rhttp.identity;
    if (!identity) return;
    own_certificate = expiries.hold("client certificate " + options.rhttp.certificate.string(),
                                    identity->not_after);
  }

  /// The client certificates for services.
  void watch_identities(const ServiceSettingsTable& services) {
    std::vector<net::ExpiryWatch::Holder> held;
    services.for_each([&](const ServiceSettings& settings) {
      if (!settings.identity || !settings.identity->key_pair()) return;
      const auto end = net::pem_not_after(settings.identity->key_pair()->chain_pem);
      if (!end) return;
      held.push_back(
          expiries.hold("client certificate " + settings.identity->files().certificate, *end));
    });
    identities = std::move(held);
  }

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

  Loop& loop;
  Log& log;
  CurrentPolicy policy;
  std::vector<IpAddress> edge_addresses;
  std::vector<net::SocketAddress> listeners;
  AddressMemory address_memory;
  dns::Resolver resolver;
  AddressProber prober;
  TargetLocator locator;
  OriginConnector connector;
  OriginPool pool;
  MemoryBudget memory;
  RelayContext relay_context;
  RelayServer server;
  net::ExpiryWatch expiries{loop};
  std::vector<net::ExpiryWatch::Holder> identities;
  net::ExpiryWatch::Holder own_certificate;
  std::unique_ptr<Profile> profile;
  ConnectionContext connection_context;
  Supervisor supervisor;
  ClockJumps clock_jumps;
  Duration grace;
  bool draining = false;
};

Result<std::unique_ptr<Agent>> Agent::create(Loop& loop, Log& log, const AgentOptions& options,
                                             std::function<void()> deleted) {
  auto profile = std::make_unique<Profile>(loop, options);
  OUTHAUL_TRY(tls, edge_tls(options, profile->setup().alpn()));
  OUTHAUL_TRY(tls_of_proxy, proxy_tls(options.reach));
  auto parts = std::make_unique<Parts>(loop, log, options, std::move(profile), tls, tls_of_proxy,
                                       std::move(deleted));
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
          .pool = parts_->pool.statistics(),
          .certificates = parts_->expiries.certificates(),
          .memory = parts_->memory};
}

void Agent::configure(const AgentOptions& options) {
  parts_->policy.set_rules(options.policy);
  RelayContext& relay = parts_->relay_context;
  relay.services.configure(options.services);
  relay.access_log = options.access_log;
  relay.ingress = IngressRoutes(options.ingress, relay.services);
  parts_->grace = options.limits.grace_period;
  parts_->watch_identities(*options.services);
}

Result<void> Agent::use_credentials(const AgentOptions& options, bool replace) {
  OUTHAUL_TRY(tls, edge_tls(options, parts_->profile->setup().alpn()));
  parts_->connection_context.tls = std::move(tls);
  parts_->profile->use_credentials(options);
  parts_->watch_own_certificate(options);
  parts_->supervisor.use_edges(options.edges, replace);
  parts_->supervisor.use_proxy(options.reach.proxy);
  return {};
}

Task<void> Agent::watch_expiries() {
  return parts_->expiries.run(parts_->loop, parts_->log);
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
