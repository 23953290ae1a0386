#include "edge/edge.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include "common/async/clock_jumps.h"
#include "common/async/combinators.h"
#include "common/async/scope.h"
#include "common/async/sleep.h"
#include "common/async/timed_wait.h"
#include "common/base/hex.h"
#include "common/base/memory_budget.h"
#include "common/net/expiry_watch.h"
#include "common/net/watched_files.h"
#include "edge/admin/admin_listener.h"
#include "edge/agents/agent_listener.h"
#include "edge/agents/agent_mover.h"
#include "edge/agents/registry.h"
#include "edge/api/routes.h"
#include "edge/backup/archive.h"
#include "edge/bindings/binding_listener.h"
#include "edge/data_dir.h"
#include "edge/directory/directory.h"
#include "edge/identity/identity.h"
#include "edge/identity/private_file.h"
#include "edge/random_name.h"
#include "edge/status/status_report.h"

namespace outhaul::edge {

namespace {

/// How soon a change of the directory reaches the agents' connections.
constexpr std::chrono::milliseconds enforce_interval{200};
constexpr std::chrono::minutes renewal_interval{60};
/// For an agent to have another connection up, once it was asked.
constexpr std::chrono::seconds move_time{10};
/// For agents to take GOAWAY once no request is left.
constexpr std::chrono::seconds agents_leave_time{3};

/// A token for Via, Proxy-Status and logs: the same after a restart wherever there is a pin.
std::string edge_name(const Identity& identity) {
  if (identity.pins().empty()) return "edge-" + random_name(4);
  return "edge-" + hex_encode(Bytes(identity.pins().front().digest).first(4));
}

Result<SetupRules> setup_rules(const ServeOptions& options, std::string name) {
  SetupRules rules;
  rules.edge_name = std::move(name);
  rules.ping = options.limits.ping_interval;
  rules.life = options.limits.connection_life;
  for (const tunnel::EdgeAddress& address : options.public_names) {
    OUTHAUL_TRY(host, tunnel::parse_host(address.host_field()));
    rules.public_names.push_back(host);
  }
  return rules;
}

/// Copies for a retry are beside the memory budget, and small against it.
std::size_t replay_total(const Limits& limits) {
  return std::min(limits.replay_total_size, limits.memory_budget / 8);
}

Task<Result<void>> wait_for_clients(std::vector<std::unique_ptr<BindingListener>>& listeners) {
  for (const auto& listener : listeners)
    co_await listener->drained();
  co_return Result<void>();
}

Task<Result<void>> wait_for_agents(std::vector<std::unique_ptr<AgentListener>>& listeners) {
  for (const auto& listener : listeners)
    co_await listener->drained();
  co_return Result<void>();
}

}  // namespace

class Edge::Parts {
 public:
  Parts(Loop& loop_in, Log& log_in, const ServeOptions& options_in, DataLock lock_in,
        Identity identity_in, std::unique_ptr<Directory> directory_in, SetupRules rules_in)
      : loop(loop_in),
        log(log_in),
        options(options_in),
        lock(std::move(lock_in)),
        identity(std::move(identity_in)),
        directory(std::move(directory_in)),
        rules(std::move(rules_in)),
        memory(options.limits.memory_budget),
        registry(loop, options.limits, &log),
        replay_budget(replay_total(options.limits)),
        forward_context{.loop = loop,
                        .limits = options.limits,
                        .tunnels = registry,
                        .replay_budget = replay_budget,
                        .memory = &memory,
                        .edge_name = rules.edge_name,
                        .trust_forwarded = options.trust_forwarded,
                        .traffic = &traffic},
        agent_context{.loop = loop,
                      .log = log,
                      .limits = options.limits,
                      .identity = identity,
                      .rules = rules,
                      .snapshot = [this] { return directory->snapshot(); },
                      .registry = registry,
                      .agent_limits = options.agent_limits,
                      .memory = &memory},
        client_context{.loop = loop,
                       .log = log,
                       .limits = options.limits,
                       .forward = forward_context,
                       .snapshot = [this] { return directory->snapshot(); },
                       .access_log = options.access_log,
                       .client_limits = options.client_limits},
        api(*directory,
            ApiContext{EdgeAddresses{options.public_names, identity.pins()},
                       [this] { return registry.to_json(); },
                       // The way of SIGTERM, whatever that is.
                       [] { ::kill(::getpid(), SIGTERM); },
                       {},
                       [this](const Uuid& tunnel, const PublicKey& key) {
                         return registry.connections_of_key(tunnel, key);
                       },
                       [this] { return replicas_json(registry.replicas()); },
                       [this] { return certificates_json(expiries.certificates()); },
                       [this] { return listeners_json(agent_addresses, client_addresses); },
                       [this](const std::string& database) {
                         return pack_backup(options.data_dir, database);
                       }}),
        mover(loop, log, registry),
        agents_moved(loop),
        expiries(loop),
        certificate_files(loop, [this] { reload_certificate(); }),
        clock_jumps(loop, options.limits.clock_jump, [this](Duration lost) { clock_jumped(lost); }),
        background(loop) {
    registry.set_zone(options.zone);
    watch_expiry();
    if (const auto& file = identity.certificate_file(); !file.empty()) {
      certificate_files.watch({file.string(), identity.key_file().string()});
      certificate_files.mark_seen();
    }
    rules.has_room = [this](const Uuid& tunnel) {
      return registry.connections(tunnel) < options.agent_limits.connections_per_tunnel;
    };
  }

  Result<void> listen();
  void announce();
  void clock_jumped(Duration lost);
  Task<void> enforce_directory();
  Task<void> move_agents();
  Task<void> renew_certificate();
  void reload_certificate();
  void watch_expiry();

  Loop& loop;
  Log& log;
  /// What may change under way changes here; all parts look at this.
  ServeOptions options;
  DataLock lock;
  Identity identity;
  std::unique_ptr<Directory> directory;
  SetupRules rules;
  MemoryBudget memory;
  Registry registry;
  TrafficTable traffic;
  http::ReplayBudget replay_budget;
  ForwardContext forward_context;
  AgentContext agent_context;
  ClientContext client_context;
  Api api;
  std::vector<std::unique_ptr<AgentListener>> agents;
  std::vector<std::unique_ptr<BindingListener>> clients;
  std::unique_ptr<AdminListener> admin;
  AgentMover mover;
  Readiness agents_moved;
  std::vector<std::string> agent_addresses;
  std::vector<std::string> client_addresses;
  bool draining = false;
  net::ExpiryWatch expiries;
  net::ExpiryWatch::Holder shown_certificate;
  std::string certificate_problem;
  net::WatchedFiles certificate_files;
  ClockJumps clock_jumps;
  Scope background;
};

Result<void> Edge::Parts::listen() {
  for (const net::SocketAddress& address : options.agent_listen) {
    OUTHAUL_TRY(listener, net::Listener::open(loop, address, agent_listen_options(options.limits)));
    agent_addresses.push_back(listener->address().to_string());
    agents.push_back(std::make_unique<AgentListener>(agent_context, std::move(listener)));
  }
  for (const BindingListen& where : options.binding_listen) {
    OUTHAUL_TRY(listener,
                net::Listener::open(loop, where.address, binding_listen_options(options.limits)));
    client_addresses.push_back(listener->address().to_string());
    clients.push_back(
        std::make_unique<BindingListener>(client_context, std::move(listener), where.service));
  }
  OUTHAUL_TRY(address, net::SocketAddress::unix_path(options.admin_socket.string()));
  OUTHAUL_TRY(listener, net::Listener::open(loop, address, admin_listen_options()));
  admin = std::make_unique<AdminListener>(loop, log, api, std::move(listener));
  return {};
}

void Edge::Parts::announce() {
  const auto joined = [](const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts)
      text += (text.empty() ? "" : ",") + part;
    return text;
  };
  std::vector<std::string> names;
  for (const tunnel::EdgeAddress& name : options.public_names)
    names.push_back(name.to_string());
  std::vector<std::string> pins;
  for (const tunnel::Pin& pin : identity.pins())
    pins.push_back(pin.to_string());
  log.info("edge_start", {{"version", OUTHAUL_VERSION},
                          {"name", rules.edge_name},
                          {"data_dir", options.data_dir.string()},
                          {"agents", joined(agent_addresses)},
                          {"clients", joined(client_addresses)},
                          {"admin", options.admin_socket.string()},
                          {"public_names", joined(names)},
                          {"pin", pins.empty() ? "none" : joined(pins)}});
}

void Edge::Parts::clock_jumped(Duration lost) {
  log.warn("clock_jumped", {{"lost_s", std::chrono::duration<double>(lost).count()}});
  registry.clock_jumped();
}

Task<void> Edge::Parts::enforce_directory() {
  for (;;) {
    // Always, not only after a change: a connection may have come in the very moment of one.
    const auto snapshot = directory->snapshot();
    registry.enforce(*snapshot);
    co_await sleep_for(loop, enforce_interval);
  }
}

Task<void> Edge::Parts::move_agents() {
  co_await mover.move_all(move_time);
  agents_moved.set();
}

Task<void> Edge::Parts::renew_certificate() {
  for (;;) {
    co_await sleep_for(loop, renewal_interval);
    const auto renewed = identity.renew_if_due(std::chrono::system_clock::now());
    if (!renewed) {
      log.error("certificate_renewal_failed", {{"message", renewed.error().message}});
    } else if (*renewed) {
      log.info("certificate_renewed");
      watch_expiry();
    }
  }
}

void Edge::Parts::watch_expiry() {
  const std::string& file = identity.certificate_file();
  shown_certificate = expiries.hold(
      file.empty() ? "edge's own certificate" : "edge's certificate " + file, identity.not_after());
}

void Edge::Parts::reload_certificate() {
  const auto reloaded = identity.reload();
  certificate_problem = reloaded ? std::string() : reloaded.error().message;
  if (!reloaded) {
    log.error("certificate_refused",
              {{"message", certificate_problem + "; the certificate before it stays in use, the "
                                                 "files are read again when they change"}});
  } else if (*reloaded) {
    watch_expiry();
    log.info("certificate_reloaded", {{"file", identity.certificate_file().string()}});
  }
}

Result<std::unique_ptr<Edge>> Edge::create(Loop& loop, Log& log, const ServeOptions& options) {
  OUTHAUL_CHECK(make_private_directory(options.data_dir));
  OUTHAUL_TRY(lock, DataLock::take(options.data_dir));
  OUTHAUL_TRY(identity, Identity::load({options.certificate, options.key, options.data_dir,
                                        options.public_names}));
  const EdgeAddresses addresses{options.public_names, identity.pins()};
  OUTHAUL_CHECK(save_addresses(options.data_dir, addresses));
  OUTHAUL_TRY(directory, Directory::open(directory_file(options.data_dir).string()));
  OUTHAUL_TRY(rules, setup_rules(options, edge_name(identity)));
  auto parts = std::make_unique<Parts>(loop, log, options, std::move(lock), std::move(identity),
                                       std::move(directory), std::move(rules));
  OUTHAUL_CHECK(parts->listen());
  return std::unique_ptr<Edge>(new Edge(std::move(parts)));
}

Edge::Edge(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Edge::~Edge() = default;

void Edge::start() {
  parts_->announce();
  for (const auto& listener : parts_->agents)
    listener->start();
  for (const auto& listener : parts_->clients)
    listener->start();
  parts_->admin->start();
  parts_->background.spawn(parts_->enforce_directory());
  parts_->background.spawn(parts_->renew_certificate());
  parts_->background.spawn(parts_->expiries.run(parts_->loop, parts_->log));
}

EdgeFigures Edge::figures() const {
  const Parts& parts = *parts_;
  EdgeFigures figures{.draining = parts.draining,
                      .ready_wait = parts.options.ready_wait,
                      .directory_file = directory_file(parts.options.data_dir),
                      .edge_name = parts.rules.edge_name,
                      .snapshot = parts.directory->snapshot(),
                      .tunnels = parts.registry.figures(),
                      .replicas = parts.registry.replicas(),
                      .certificates = parts.expiries.certificates(),
                      .certificate_problem = parts.certificate_problem,
                      .traffic = parts.traffic};
  figures.agents_half_open = parts.agent_context.half_open;
  figures.memory = &parts.memory;
  figures.clients_cut_for_resets = parts.client_context.cut_for_resets;
  for (std::size_t i = 0; i < parts.clients.size(); ++i) {
    figures.listeners.push_back({parts.client_addresses[i], parts.clients[i]->connections()});
  }
  return figures;
}

Task<void> Edge::drain() {
  Parts& parts = *parts_;
  parts.draining = true;
  // First of all: agents that have another edge are to be there before this one takes less.
  parts.background.spawn(parts.move_agents());
  if (parts.options.drain_delay > Duration::zero()) {
    co_await sleep_for(parts.loop, parts.options.drain_delay);
  }
  const TimePoint end = parts.loop.now() + parts.options.limits.grace_period;
  parts.client_context.draining = true;
  for (const auto& listener : parts.clients)
    listener->drain();
  for (const auto& listener : parts.agents)
    listener->stop();
  Task<Result<void>> finishing = wait_for_clients(parts.clients);
  const Duration grace = std::max<Duration>(end - parts.loop.now(), std::chrono::milliseconds(1));
  const Result<void> finished =
      co_await with_deadline(parts.loop, std::move(finishing), grace, "finishing the requests");
  if (!finished) parts.log.warn("drain_cut_short", {{"reason", finished.error().message}});
  parts.clients.clear();
  co_await wait_for(parts.loop, parts.agents_moved, move_time);
  parts.registry.drain_all("the edge is shutting down");
  Task<Result<void>> leaving = wait_for_agents(parts.agents);
  const Result<void> left =
      co_await with_deadline(parts.loop, std::move(leaving), agents_leave_time, "leaving");
  if (!left) parts.log.warn("drain_cut_short", {{"reason", "an agent did not close in time"}});
}

void Edge::configure(const ServeOptions& next) {
  Parts& parts = *parts_;
  // The parts hold references to the limits, which they read when a connection or request begins.
  parts.options.limits = next.limits;
  parts.options.drain_delay = next.drain_delay;
  parts.rules.ping = next.limits.ping_interval;
  parts.rules.life = next.limits.connection_life;
  parts.options.agent_limits = parts.agent_context.agent_limits = next.agent_limits;
  parts.options.client_limits = parts.client_context.client_limits = next.client_limits;
  parts.client_context.access_log = next.access_log;
  parts.forward_context.trust_forwarded = next.trust_forwarded;
}

void Edge::reload_certificate() {
  parts_->certificate_files.mark_seen();
  parts_->reload_certificate();
}

std::chrono::seconds Edge::grace_period() const {
  return parts_->options.limits.grace_period;
}

std::size_t Edge::agent_connections() const {
  return parts_->registry.connections();
}

}  // namespace outhaul::edge
