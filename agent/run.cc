#include "agent/run.h"

#include <csignal>
#include <functional>
#include <string>
#include <utility>

#include <unistd.h>

#include "agent/agent.h"
#include "agent/exit_codes.h"
#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/signals.h"
#include "common/base/file_limit.h"
#include "common/base/log.h"

namespace outhaul::agent {

namespace {

Task<void> drain_and_stop(Loop& loop, Agent& agent) {
  co_await agent.drain();
  loop.stop();
}

/// First signal: drain. Second: stop at once.
class Shutdown {
 public:
  Shutdown(Loop& loop, Log& log, Agent& agent)
      : loop_(loop), log_(log), agent_(agent), tasks_(loop) {}

  void signalled(int signal) {
    log_.info("signal", {{"signal", signal}, {"action", asked_ ? "stop" : "drain"}});
    if (asked_) {
      loop_.stop();
      return;
    }
    asked_ = true;
    tasks_.spawn(drain_and_stop(loop_, agent_));
  }

 private:
  Loop& loop_;
  Log& log_;
  Agent& agent_;
  Scope tasks_;
  bool asked_ = false;
};

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
  Shutdown* shutdown = nullptr;
  // Before the log's thread starts, so that it inherits the blocked signals.
  SignalWatch signals(loop, {SIGTERM, SIGINT}, [&shutdown, &loop](int signal) {
    if (shutdown) {
      shutdown->signalled(signal);
    } else {
      loop.stop();
    }
  });
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
  Shutdown on_signal(loop, log, **agent);
  shutdown = &on_signal;
  (*agent)->start();
  loop.run();
  log.info("agent_stop", {{"exit_code", exit_code}});
  return exit_code;
}

}  // namespace outhaul::agent
