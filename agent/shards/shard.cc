#include "agent/shards/shard.h"

#include <chrono>
#include <functional>
#include <utility>

#include "common/async/loop_call.h"

namespace outhaul::agent {

namespace {

/// One line for each thing that the policy would have refused.
std::function<void(const Refusal&, const Uuid&)> dry_run_in(Log& log) {
  return [&log](const Refusal& refusal, const Uuid& service) {
    log.warn("policy_dry_run", {{"service", service.to_string()},
                                {"target", refusal.target},
                                {"rule", refusal.rule},
                                {"lift", refusal.lift}});
  };
}

/// How many loops share the agent's slots.
std::size_t share_count(const SlotNumbers& numbers) {
  return numbers.step;
}

/// The director on the loop of the slots.
SlotDirector& director_on(Loop& loop, const HomeParts& home,
                          std::optional<RemoteDirector>& remote) {
  if (&loop == &home.loop) return home.supervisor;
  return remote.emplace(loop, home.loop, home.tasks, home.supervisor);
}

dns::Lookups& lookups_on(Loop& loop, const HomeParts& home,
                         std::optional<dns::RemoteLookups>& remote) {
  if (&loop == &home.loop) return home.resolver;
  return remote.emplace(loop, home.loop, home.tasks, home.resolver);
}

}  // namespace

Shard::Shard(Loop& loop, const SharedParts& shared, const HomeParts& home, SlotNumbers numbers)
    : loop_(loop),
      policy_(shared.options.policy),
      prober_(loop, address_memory_),
      locator_(policy_, lookups_on(loop, home, remote_lookups_),
               {.family = shared.options.origin_family,
                .memory = &address_memory_,
                .retry = [this](const auto& addresses) { prober_.probe(addresses); },
                .would_refuse = dry_run_in(shared.log)}),
      connector_(loop, &address_memory_),
      pool_(loop, shared.options.limits.streams_per_agent, shared.use),
      relay_context_{.loop = loop,
                     .log = shared.log,
                     .limits = shared.options.limits,
                     .tunnel_id = shared.options.tunnel_id,
                     .locator = locator_,
                     .connector = connector_,
                     .pool = pool_,
                     .services = ServiceCache(shared.options.services, shared.use),
                     .refuses_tunnel_fields = shared.options.profile == SetupProfile::rhttp &&
                                              !shared.options.rhttp.trust_descriptor,
                     .process = shared.use,
                     .replay_budget = http::ReplayBudget(default_limits.replay_total_size /
                                                         share_count(numbers)),
                     .memory = &shared.memory,
                     .access_log = shared.options.access_log},
      server_(relay_context_),
      profile_(loop, shared.options),
      connection_context_{.loop = loop,
                          .log = shared.log,
                          .limits = shared.options.limits,
                          .setup = profile_.setup(),
                          .server = server_,
                          .tls = shared.tls,
                          .reach = shared.options.reach,
                          .proxy_tls = shared.proxy_tls,
                          .takes_control_requests = shared.options.profile != SetupProfile::rhttp ||
                                                    shared.options.rhttp.control_requests,
                          .memory = &shared.memory,
                          .expiries = &shared.expiries,
                          .zone = shared.options.zone,
                          .weight = shared.options.weight},
      slots_(connection_context_, home.supervisor.orders(director_on(loop, home, remote_director_)),
             numbers),
      // Each loop its own, because the slots must know before the loop's timers do. All see the
      // same jump: one of them says it.
      clock_jumps_(loop, shared.options.limits.clock_jump,
                   [this, &log = shared.log, says = &loop == &home.loop](Duration lost) {
                     const double lost_s = std::chrono::duration<double>(lost).count();
                     if (says) log.warn("clock_jumped", {{"lost_s", lost_s}});
                     slots_.clock_jumped();
                   }),
      tasks_(loop) {
  relay_context_.ingress = IngressRoutes(shared.options.ingress, relay_context_.services);
}

Shard::~Shard() = default;

void Shard::set_neighbours(std::vector<Shard*> neighbours) {
  neighbours_ = std::move(neighbours);
  if (neighbours_.empty()) return;
  relay_context_.make_room = [this](Uuid service) { return make_room(service); };
}

void Shard::configure(const ServingRules& rules) {
  policy_.set_rules(rules.policy);
  relay_context_.services.configure(rules.services);
  relay_context_.access_log = rules.access_log;
  relay_context_.ingress = IngressRoutes(rules.ingress, relay_context_.services);
}

void Shard::protect(std::vector<ListenEndpoint> listeners, std::vector<IpAddress> edges) {
  policy_.set_protected(std::move(listeners), std::move(edges));
}

void Shard::use_credentials(EdgeCredentials credentials) {
  connection_context_.tls = std::move(credentials.tls);
  profile_.use_key(std::move(credentials.key));
  slots_.use_edges(std::move(credentials.edges), credentials.replace);
}

void Shard::forget_origin_identities() {
  connector_.forget_contexts();
  pool_.retire_all();
}

Task<bool> Shard::drain(Duration grace) {
  co_await slots_.drain(grace);
  pool_.close_all();
  co_return true;
}

LoopFigures Shard::figures() const {
  return {.connections = slots_.connections(),
          .connection_counters = connection_context_.counters,
          .traffic = relay_context_.traffic,
          .policy = locator_.policy_statistics(),
          .addresses = address_memory_.statistics(),
          .pool = pool_.statistics()};
}

Task<void> Shard::make_room(Uuid service) {
  for (Shard* const neighbour : neighbours_) {
    std::function<bool()> ask = [&pool = neighbour->pool_, service] {
      pool.make_room(service);
      return true;
    };
    Task<bool> asking = run_on(loop_, neighbour->loop_, std::move(ask));
    co_await std::move(asking);
  }
}

}  // namespace outhaul::agent
