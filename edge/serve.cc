#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <string>

#include <unistd.h>

#include "common/async/drain_on_signal.h"
#include "common/async/loop.h"
#include "common/async/report_repeats.h"
#include "common/async/scope.h"
#include "common/async/service_heartbeat.h"
#include "common/async/signals.h"
#include "common/base/file_limit.h"
#include "common/base/log.h"
#include "common/http/status_pages.h"
#include "edge/edge.h"
#include "edge/exit_codes.h"
#include "edge/run.h"
#include "edge/settings/reloader.h"
#include "edge/status/status_report.h"

namespace outhaul::edge {

namespace {

/// What a drain may need beyond the grace period, until the agents are gone.
constexpr std::chrono::seconds closing_time{10};

void apply(Edge& edge, Log& log, const Configuration& next, const ConfigurationChanges& changes) {
  edge.configure(next.options);
  // Not otherwise: the level may have been changed by other means.
  if (std::ranges::count(changes.live, "log_level") > 0) log.set_level(next.options.log_level);
}

}  // namespace

int serve(const ConfigurationSource& source, const ConfigurationSource::Loaded& loaded) {
  const ServeOptions& options = loaded.configuration.options;
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
  auto edge = Edge::create(loop, log, options);
  if (!edge) {
    log.error("configuration", {{"message", edge.error().message}});
    return exit_configuration;
  }
  Reloader reloader(
      loop, log, source, loaded.configuration, loaded.has_file,
      [&served = **edge, &log](const Configuration& next, const ConfigurationChanges& changes) {
        apply(served, log, next, changes);
      });
  reload = [&reloader, &served = **edge] {
    reloader.reload();
    served.reload_certificate();
  };
  const StatusReport report(**edge, reloader, log, sink);
  http::StatusPages pages(loop, log, report);
  if (auto opened = http::open_status_pages(pages, options.status_listen, log); !opened) {
    log.error("configuration", {{"message", "status-listen: " + opened.error().message}});
    return exit_configuration;
  }
  ServiceHeartbeat heartbeat(loop, log, [&served = **edge] {
    return std::to_string(served.agent_connections()) + " agent connections up";
  });
  signals.arm(log, [&served = **edge, &heartbeat] {
    heartbeat.stopping(served.grace_period() + closing_time);
    return served.drain();
  });
  (*edge)->start();
  heartbeat.start();
  loop.run();
  reload = nullptr;
  signals.disarm();
  log.info("edge_stop");
  return exit_ok;
}

}  // namespace outhaul::edge
