#include "agent/run.h"

#include <algorithm>
#include <csignal>
#include <functional>
#include <string>
#include <utility>

#include <unistd.h>

#include "agent/agent.h"
#include "agent/exit_codes.h"
#include "agent/settings/reloader.h"
#include "common/async/drain_on_signal.h"
#include "common/async/loop.h"
#include "common/async/report_repeats.h"
#include "common/async/scope.h"
#include "common/async/signals.h"
#include "common/base/file_limit.h"
#include "common/base/log.h"

namespace outhaul::agent {

namespace {

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

void apply(Agent& agent, Log& log, const Configuration& next, const ConfigurationChanges& changes) {
  agent.configure(next.options);
  if (changes.identities) agent.forget_origin_identities();
  // Not otherwise: the level may have been changed by other means.
  if (std::ranges::count(changes.live, "log_level") > 0) log.set_level(next.options.log_level);
}

}  // namespace

int run_agent(const ConfigurationSource& source, const Configuration& configuration) {
  const AgentOptions& options = configuration.options;
  // Writing to a peer that is gone is an error code here, never a signal.
  std::signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  Loop loop;
  // Before the log's thread starts, so that it inherits the blocked signals.
  DrainOnSignal signals(loop);
  std::function<void()> reload;
  const SignalWatch hang_up(loop, {SIGHUP}, [&reload](int) {
    if (reload) reload();
  });
  StreamLogSink sink(STDERR_FILENO, choose_log_style(options.log_format, STDERR_FILENO));
  Log log(sink, options.log_level);
  Scope background(loop);
  background.spawn(report_repeats(loop, log));
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
  signals.arm(log, [&served = **agent] { return served.drain(); });
  (*agent)->start();
  Reloader reloader(
      loop, log, source, configuration.without_token(),
      [&served = **agent, &log](const Configuration& next, const ConfigurationChanges& changes) {
        apply(served, log, next, changes);
      });
  reload = [&reloader] { reloader.reload(); };
  loop.run();
  reload = nullptr;
  signals.disarm();
  log.info("agent_stop", {{"exit_code", exit_code}});
  return exit_code;
}

}  // namespace outhaul::agent
