#include <csignal>

#include <unistd.h>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/signals.h"
#include "common/base/file_limit.h"
#include "common/base/log.h"
#include "edge/edge.h"
#include "edge/exit_codes.h"
#include "edge/run.h"

namespace outhaul::edge {

namespace {

Task<void> drain_and_stop(Loop& loop, Edge& edge) {
  co_await edge.drain();
  loop.stop();
}

/// First signal: drain. Second: stop at once.
class Shutdown {
 public:
  Shutdown(Loop& loop, Log& log, Edge& edge) : loop_(loop), log_(log), edge_(edge), tasks_(loop) {}

  void signalled(int signal) {
    log_.info("signal", {{"signal", signal}, {"action", asked_ ? "stop" : "drain"}});
    if (asked_) {
      loop_.stop();
      return;
    }
    asked_ = true;
    tasks_.spawn(drain_and_stop(loop_, edge_));
  }

 private:
  Loop& loop_;
  Log& log_;
  Edge& edge_;
  Scope tasks_;
  bool asked_ = false;
};

}  // namespace

int serve(const ServeOptions& options) {
  // Writing to a peer that is gone is an error code here, never a signal.
  std::signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  Loop loop;
  Shutdown* shutdown = nullptr;
  // Before the first thread starts, so that all inherit the blocked signals.
  SignalWatch signals(loop, {SIGTERM, SIGINT}, [&shutdown, &loop](int signal) {
    if (shutdown) {
      shutdown->signalled(signal);
    } else {
      loop.stop();
    }
  });
  StreamLogSink sink(STDERR_FILENO, choose_log_style(options.log_format, STDERR_FILENO));
  Log log(sink, options.log_level);
  auto edge = Edge::create(loop, log, options);
  if (!edge) {
    log.error("configuration", {{"message", edge.error().message}});
    return exit_configuration;
  }
  Shutdown on_signal(loop, log, **edge);
  shutdown = &on_signal;
  (*edge)->start();
  loop.run();
  log.info("edge_stop");
  return exit_ok;
}

}  // namespace outhaul::edge
