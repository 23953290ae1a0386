#include "agent/run.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include "agent/agent.h"
#include "agent/exit_codes.h"
#include "agent/settings/credentials_reloader.h"
#include "agent/settings/reloader.h"
#include "agent/status/status_report.h"
#include "common/async/drain_on_signal.h"
#include "common/async/loop.h"
#include "common/async/report_repeats.h"
#include "common/async/scope.h"
#include "common/async/service_heartbeat.h"
#include "common/async/signals.h"
#include "common/async/sleep.h"
#include "common/async/start_memory.h"
#include "common/base/file_limit.h"
#include "common/base/log.h"
#include "common/http/status_pages.h"

namespace outhaul::agent {

namespace {

/// What a drain may need beyond the grace period, until the connections are closed.
constexpr std::chrono::seconds closing_time{10};

/// Of an upgrade in place: for the new process to connect, and to wait for its last connections.
constexpr std::chrono::seconds upgrade_time{60};
constexpr std::chrono::seconds patience_for_edges{10};

std::string connections_up(std::size_t serving, std::size_t wanted) {
  return std::to_string(serving) + " of " + std::to_string(wanted) + " connections up";
}

void announce(Log& log, const AgentOptions& options) {
  std::string edges;
  for (const tunnel::EdgeAddress& edge : options.edges) {
    if (!edges.empty()) edges += ",";
    edges += edge.to_string();
  }
  log.info("agent_start", {{"version", OUTHAUL_VERSION},
                           {"tunnel", options.tunnel_id.to_string()},
                           {"edges", edges},
                           {"connections", options.limits.connections_per_agent}});
  if (options.profile == SetupProfile::rhttp) {
    log.info("profile", {{"profile", "rhttp"},
                         {"hint",
                          "an edge that is HAProxy needs at least as many --connections as it has "
                          "threads (nbthread, else one for each CPU)"}});
  }
  for (const std::string& warning : options.warnings)
    log.warn("option", {{"message", warning}});
}

std::vector<net::SocketAddress> tcp_only(std::vector<net::SocketAddress> addresses) {
  std::erase_if(addresses, [](const net::SocketAddress& address) { return !address.is_ip(); });
  return addresses;
}

void apply(Agent& agent, Log& log, const Configuration& next, const ConfigurationChanges& changes) {
  agent.configure(next.options);
  if (changes.identities) agent.forget_origin_identities();
  // Not otherwise: the level may have been changed by other means.
  if (std::ranges::count(changes.live, "log_level") > 0) log.set_level(next.options.log_level);
}

bool open_pages(http::StatusPages& pages, Agent& agent, const AgentOptions& options, Log& log) {
  const auto opened = http::open_status_pages(pages, options.status_listen, log);
  if (!opened)
    log.error("configuration", {{"message", "status-listen: " + opened.error().message}});
  agent.protect_listeners(tcp_only(pages.addresses()));
  return opened.has_value();
}

/// The new process' part of an upgrade: tells the old one once all connections serve, or, when an
/// edge does not answer, those that can be had; then takes the status pages from it.
Task<void> take_over(Loop& loop, Agent& agent, UpgradeReport& predecessor, http::StatusPages& pages,
                     const AgentOptions& options, Log& log) {
  const TimePoint patience_ends = loop.now() + patience_for_edges;
  for (;;) {
    const std::size_t serving = agent.connections_serving();
    const bool all = serving >= options.limits.connections_per_agent;
    if (all || (serving > 0 && loop.now() >= patience_ends)) break;
    co_await sleep_for(loop, std::chrono::milliseconds(20));
  }
  predecessor.serving();
  co_await predecessor.acknowledged(loop);
  // Too late to end because of an address that somebody else took meanwhile: the line says it.
  open_pages(pages, agent, options, log);
}

}  // namespace

int run_agent(const ConfigurationSource& source, const Configuration& configuration,
              Program program) {
  const AgentOptions& options = configuration.options;
  // Writing to a peer that is gone is an error code here, never a signal.
  std::signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  Loop loop;
  // Before the log's thread starts, so that it inherits the blocked signals.
  DrainOnSignal signals(loop);
  std::function<void()> reload;
  std::function<void()> upgrade;
  const SignalWatch other_signals(loop, {SIGHUP, SIGUSR2}, [&reload, &upgrade](int signal) {
    const std::function<void()>& action = signal == SIGHUP ? reload : upgrade;
    if (action) action();
  });
  StreamLogSink sink(STDERR_FILENO, choose_log_style(options.log_format, STDERR_FILENO));
  Log log(sink, options.log_level);
  Scope background(loop);
  background.spawn(report_repeats(loop, log));
  background.spawn(release_start_memory_soon(loop, log));
  announce(log, options);

  int exit_code = exit_ok;
  std::function<void()> deleted;
  if (options.exit_on_deleted) {
    deleted = [&loop, &exit_code] {
      exit_code = exit_refused;
      loop.stop();
    };
  }
  auto agent = Agent::create(loop, log, options, std::move(deleted));
  if (!agent) {
    log.error("configuration", {{"message", agent.error().message}});
    return exit_configuration;
  }
  Reloader reloader(
      loop, log, source, configuration.without_token(),
      [&served = **agent, &log](const Configuration& next, const ConfigurationChanges& changes) {
        apply(served, log, next, changes);
      });
  CredentialsReloader credentials(loop, log, configuration,
                                  [&served = **agent](const AgentOptions& next, bool replace) {
                                    return served.use_credentials(next, replace);
                                  });
  const StatusReport status(**agent, reloader, credentials, options.tunnel_id, log, sink);
  http::StatusPages pages(loop, log, status);
  UpgradeReport predecessor;
  // In an upgrade they are the old process' until it has been told that this one serves.
  if (!predecessor.wanted() && !open_pages(pages, **agent, options, log)) return exit_configuration;
  ServiceHeartbeat heartbeat(
      loop, log,
      [&served = **agent, &options] {
        return connections_up(served.connections_serving(), options.limits.connections_per_agent);
      },
      [&served = **agent] { return served.other_loops_turn(); });
  bool handed_over = false;
  signals.arm(log, [&served = **agent, &heartbeat, &options, &handed_over] {
    if (handed_over) return served.drain_within(options.upgrade_grace);
    heartbeat.stopping(options.limits.grace_period + closing_time);
    return served.drain();
  });
  InPlaceUpgrade in_place(loop, log, std::move(program), upgrade_time,
                          [&heartbeat, &pages, &handed_over](pid_t process) {
                            heartbeat.hand_over(process);
                            pages.close();
                            handed_over = true;
                            // The way of SIGTERM, but for the time that it may take.
                            ::kill(::getpid(), SIGTERM);
                          });
  reload = [&reloader, &credentials] {
    reloader.reload();
    credentials.reload();
  };
  upgrade = [&in_place] { in_place.start(); };
  (*agent)->start();
  background.spawn((*agent)->watch_expiries());
  Scope taking_over(loop);
  if (predecessor.wanted()) {
    taking_over.spawn(take_over(loop, **agent, predecessor, pages, options, log));
  }
  // Ready to work, not connected yet: an edge that is down must not make the start fail.
  heartbeat.start();
  loop.run();
  reload = upgrade = nullptr;
  taking_over.cancel_all();
  background.cancel_all();
  signals.disarm();
  log.info("agent_stop", {{"exit_code", exit_code}});
  return exit_code;
}

}  // namespace outhaul::agent
