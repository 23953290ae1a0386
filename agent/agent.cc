#include "agent/agent.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/connections/edge_tls.h"
#include "agent/connections/supervisor.h"
#include "agent/network/local_addresses.h"
#include "agent/network/resolver_options.h"
#include "agent/origins/process_use.h"
#include "agent/shards/shard.h"
#include "common/async/combinators.h"
#include "common/async/loop_call.h"
#include "common/async/loop_thread.h"
#include "common/async/scope.h"
#include "common/base/memory_budget.h"
#include "common/dns/resolver.h"
#include "common/net/certificate.h"
#include "common/net/expiry_watch.h"
#include "common/net/tls_context.h"

namespace outhaul::agent {

namespace {

/// An edge behind a name whose addresses change all the time must not fill the memory.
constexpr std::size_t edge_addresses_maximum = 1024;
/// For another loop to say what it has counted.
constexpr std::chrono::seconds patience_for_loops{1};

std::function<void(std::string)> warn_in(Log& log) {
  return [&log](const std::string& message) { log.warn("resolver", {{"message", message}}); };
}

}  // namespace

class Agent::Parts {
 public:
  Parts(Loop& loop_in, Log& log_in, const AgentOptions& options,
        std::shared_ptr<const net::TlsClientContext> tls,
        std::shared_ptr<const net::TlsClientContext> tls_of_proxy, std::function<void()> deleted)
      : loop(loop_in),
        log(log_in),
        memory(options.limits.memory_budget),
        resolver(loop, resolver_options(options.limits, options.names, warn_in(log))),
        expiries(loop),
        supervisor(loop, log, resolver, options.reach, options.edges, edge_trust(options),
                   {.addresses = [this](const auto& found) { protect(found); },
                    .deleted = std::move(deleted)}),
        asked_by_others(loop),
        grace(options.limits.grace_period),
        connections_wanted(options.limits.connections_per_agent) {
    make_shards(options, {.log = log,
                          .options = options,
                          .memory = memory,
                          .expiries = expiries,
                          .use = std::make_shared<ProcessUse>(),
                          .tls = std::move(tls),
                          .proxy_tls = std::move(tls_of_proxy)});
    watch_identities(*options.services);
    watch_own_certificate(options);
  }
  /// No loop but `loop` runs when the members are destroyed.
  ~Parts() {
    for (const auto& thread : threads)
      thread->stop();
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  void make_shards(const AgentOptions& options, const SharedParts& shared) {
    const HomeParts home{
        .loop = loop, .tasks = asked_by_others, .resolver = resolver, .supervisor = supervisor};
    for (std::uint32_t index = 0; index < options.threads; ++index) {
      if (index > 0) {
        threads.push_back(std::make_unique<LoopThread>("loop-" + std::to_string(index)));
      }
      Loop& its_loop = index == 0 ? loop : threads.back()->loop();
      const SlotNumbers numbers{.first = index, .step = options.threads, .end = connections_wanted};
      shards.push_back(std::make_unique<Shard>(its_loop, shared, home, numbers));
    }
    others.resize(shards.size() - 1);
    others_turned = std::vector<std::atomic<bool>>(others.size());
    for (std::atomic<bool>& turned : others_turned)
      turned = true;
    std::vector<SlotGroup*> groups;
    for (const auto& shard : shards) {
      groups.push_back(&shard->slots());
      std::vector<Shard*> neighbours;
      for (const auto& other : shards) {
        if (other != shard) neighbours.push_back(other.get());
      }
      shard->set_neighbours(std::move(neighbours));
    }
    supervisor.manage(std::move(groups), connections_wanted);
  }

  void start() {
    for (const auto& shard : shards)
      shard->slots().start();
    for (const auto& thread : threads) {
      thread->start([this](std::exception_ptr failure) {
        loop.post([this, failure = std::move(failure)] { loop.fail(failure); });
      });
    }
  }

  /// On this loop now, and on another soon, in the order of the calls.
  void on_loop_of(Shard& shard, const std::function<void(Shard&)>& work) const {
    if (&shard.loop() == &loop) {
      work(shard);
    } else {
      shard.loop().post([work, &shard] { work(shard); });
    }
  }
  void on_every_loop(const std::function<void(Shard&)>& work) const {
    for (const auto& shard : shards)
      on_loop_of(*shard, work);
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

  /// Before the edge's new addresses are dialled: a slot of another loop gets them by the same way
  /// as its policy, later.
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
    on_every_loop(
        [endpoints, edges = edge_addresses](Shard& shard) { shard.protect(endpoints, edges); });
  }

  bool other_loops_turn() {
    bool all = true;
    for (std::size_t other = 0; other < others.size(); ++other) {
      std::atomic<bool>& turned = others_turned[other];
      // One question at a time: a loop that hangs must not get a heap of them.
      if (turned.exchange(false)) {
        shards[other + 1]->loop().post([&turned] { turned = true; });
      } else {
        all = false;
      }
    }
    return all;
  }

  Task<Result<void>> ask_the_others() {
    Scope asking(loop);
    for (std::size_t other = 0; other < others.size(); ++other)
      asking.spawn(ask_for_figures(other));
    co_await asking.drained();
    co_return Result<void>();
  }

  Task<void> ask_for_figures(std::size_t other) {
    Shard& shard = *shards[other + 1];
    std::function<LoopFigures()> ask = [&shard] { return shard.figures(); };
    Task<LoopFigures> asking = run_on(loop, shard.loop(), std::move(ask));
    others[other] = co_await std::move(asking);
  }

  Task<void> drain_shard(Shard& shard, Duration limit) {
    Task<bool> ending;
    if (&shard.loop() == &loop) {
      ending = shard.drain(limit);
    } else {
      std::function<Task<bool>()> drain = [&shard, limit] { return shard.drain(limit); };
      ending = call_on(loop, shard.loop(), shard.tasks(), std::move(drain));
    }
    co_await std::move(ending);
  }

  Loop& loop;
  Log& log;
  std::vector<IpAddress> edge_addresses;
  std::vector<net::SocketAddress> listeners;
  MemoryBudget memory;
  dns::Resolver resolver;
  net::ExpiryWatch expiries;
  Supervisor supervisor;
  /// Tasks of this loop that others wait for. Before the other loops' own things, which it may hold
  /// parts of.
  Scope asked_by_others;
  std::vector<std::unique_ptr<LoopThread>> threads;
  /// The first is that of `loop`, then those of the threads.
  std::vector<std::unique_ptr<Shard>> shards;
  /// What the other shards said last.
  std::vector<LoopFigures> others;
  /// Whether each has answered the last question of other_loops_turn().
  std::vector<std::atomic<bool>> others_turned;
  std::vector<net::ExpiryWatch::Holder> identities;
  net::ExpiryWatch::Holder own_certificate;
  Duration grace;
  std::uint32_t connections_wanted;
  bool draining = false;
};

Result<std::unique_ptr<Agent>> Agent::create(Loop& loop, Log& log, const AgentOptions& options,
                                             std::function<void()> deleted) {
  OUTHAUL_TRY(tls, edge_tls(options, Profile(loop, options).setup().alpn()));
  OUTHAUL_TRY(tls_of_proxy, proxy_tls(options.reach));
  auto parts = std::make_unique<Parts>(loop, log, options, tls, tls_of_proxy, std::move(deleted));
  return std::unique_ptr<Agent>(new Agent(std::move(parts)));
}

Agent::Agent(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Agent::~Agent() = default;

void Agent::start() {
  parts_->start();
}

void Agent::protect_listeners(std::vector<net::SocketAddress> listeners) {
  parts_->listeners = std::move(listeners);
  parts_->update_protection();
}

Task<void> Agent::collect() {
  if (parts_->others.empty()) co_return;
  Task<Result<void>> asking = parts_->ask_the_others();
  const Result<void> asked = co_await with_deadline(parts_->loop, std::move(asking),
                                                    patience_for_loops, "asking the other loops");
  // What did not come shows as it was.
  (void)asked;
}

AgentFigures Agent::figures() const {
  AgentFigures figures{.draining = parts_->draining,
                       .loops = parts_->shards.front()->figures(),
                       .dns = parts_->resolver.statistics(),
                       .certificates = parts_->expiries.certificates(),
                       .memory = parts_->memory};
  for (const LoopFigures& other : parts_->others)
    figures.loops.add(other);
  return figures;
}

void Agent::configure(const AgentOptions& options) {
  const ServingRules rules{.policy = options.policy,
                           .services = options.services,
                           .ingress = options.ingress,
                           .access_log = options.access_log};
  parts_->on_every_loop([rules](Shard& shard) { shard.configure(rules); });
  parts_->grace = options.limits.grace_period;
  parts_->watch_identities(*options.services);
}

Result<void> Agent::use_credentials(const AgentOptions& options, bool replace) {
  OUTHAUL_TRY(tls, edge_tls(options, Profile(parts_->loop, options).setup().alpn()));
  for (const auto& shard : parts_->shards) {
    // What is posted has to be copyable, which a key is not.
    const auto credentials = std::make_shared<EdgeCredentials>(EdgeCredentials{
        .edges = options.edges, .tls = tls, .key = Profile::key_of(options), .replace = replace});
    parts_->on_loop_of(*shard,
                       [credentials](Shard& to) { to.use_credentials(std::move(*credentials)); });
  }
  parts_->watch_own_certificate(options);
  parts_->supervisor.use_edges(options.edges, replace);
  parts_->supervisor.use_proxy(options.reach.proxy);
  return {};
}

Task<void> Agent::watch_expiries() {
  return parts_->expiries.run(parts_->log);
}

void Agent::forget_origin_identities() {
  parts_->on_every_loop([](Shard& shard) { shard.forget_origin_identities(); });
}

Task<void> Agent::drain() {
  return drain_within(parts_->grace);
}

Task<void> Agent::drain_within(Duration grace) {
  parts_->draining = true;
  Scope draining(parts_->loop);
  for (const auto& shard : parts_->shards)
    draining.spawn(parts_->drain_shard(*shard, grace));
  co_await draining.drained();
}

std::size_t Agent::connections_serving() const {
  return parts_->supervisor.connections_serving();
}

std::size_t Agent::connections_wanted() const {
  return parts_->connections_wanted;
}

bool Agent::other_loops_turn() {
  return parts_->other_loops_turn();
}

bool Agent::draining() const {
  return parts_->draining;
}

}  // namespace outhaul::agent
