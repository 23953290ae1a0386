// Holds many idle agent connections at an edge from one process, so that what they cost the edge
// can be measured without as many agents. Runs until SIGTERM.

#include <csignal>
#include <utility>

#include <unistd.h>

#include "common/async/loop.h"
#include "common/async/signals.h"
#include "common/base/log.h"
#include "tests/bench/arguments.h"
#include "tests/bench/idle/agent_crowd.h"

namespace outhaul::bench {

namespace {

constexpr std::string_view usage =
    "usage: idle_agents --token-file FILE --edge ADDRESS:PORT --connections N [--parallel N]\n"
    "  --parallel  connections that are set up at a time [32]";

Result<void> run(const Arguments& arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  Loop loop;
  SignalWatch signals(loop, {SIGTERM, SIGINT}, [&loop](int) { loop.stop(); });
  StreamLogSink sink(STDERR_FILENO, choose_log_style(LogFormat::automatic, STDERR_FILENO));
  // Without a line for each connection.
  Log log(sink, LogLevel::warn);
  AgentCrowd::Plan plan;
  OUTHAUL_TRY(token, tunnel::read_token_file(arguments.text("token-file")));
  plan.token = std::move(token);
  plan.edge = arguments.endpoint("edge");
  plan.connections = static_cast<std::uint32_t>(arguments.number_or("connections", 1));
  plan.parallel = static_cast<std::uint32_t>(arguments.number_or("parallel", 32));
  OUTHAUL_TRY(crowd, AgentCrowd::gather(loop, log, std::move(plan)));
  crowd->connect();
  loop.run();
  return {};
}

}  // namespace

}  // namespace outhaul::bench

int main(int argument_count, char** arguments) {
  using namespace outhaul::bench;
  return run_program("idle_agents", argument_count, arguments, usage, run);
}
