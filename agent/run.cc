#include "agent/run.h"

#include <chrono>
#include <csignal>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include <unistd.h>

#include "agent/agent.h"
#include "agent/exit_codes.h"
#include "common/async/drain_on_signal.h"
#include "common/async/loop.h"
#include "common/async/service_heartbeat.h"
#include "common/base/file_limit.h"
#include "common/base/log.h"

namespace outhaul::agent {

namespace {

/// What a drain may need beyond the grace period, until the connections are closed.
constexpr std::chrono::seconds closing_time{10};

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
  for (const std::string& warning : options.warnings)
    log.warn("option", {{"message", warning}});
}

}  // namespace

int run_agent(const AgentOptions& options) {
  // Writing to a peer that is gone is an error code here, never a signal.
  std::signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  Loop loop;
  // Before the log's thread starts, so that it inherits the blocked signals.
  DrainOnSignal signals(loop);
  StreamLogSink sink(STDERR_FILENO, choose_log_style(options.log_format, STDERR_FILENO));
  Log log(sink, options.log_level);
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
  ServiceHeartbeat heartbeat(loop, log, [&served = **agent, &options] {
    return connections_up(served.connections_serving(), options.limits.connections_per_agent);
  });
  signals.arm(log, [&served = **agent, &heartbeat, &options] {
    heartbeat.stopping(options.limits.grace_period + closing_time);
    return served.drain();
  });
  (*agent)->start();
  // Ready to work, not connected yet: an edge that is down must not make the start fail.
  heartbeat.start();
  loop.run();
  signals.disarm();
  log.info("agent_stop", {{"exit_code", exit_code}});
  return exit_code;
}

}  // namespace outhaul::agent
