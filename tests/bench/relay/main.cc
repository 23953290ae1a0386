// Relays a fixed workload in memory, from HTTP/2 bytes to HTTP/1.1 bytes and back. Only the loop's
// turns are the agent's work, and only those after the warm-up are counted: callgrind is told to
// collect inside measured_turn(). See the script instruction_budget.

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>

#include <gnu/libc-version.h>
#include <nghttp2/nghttp2.h>

#include "common/async/loop.h"
#include "common/net/memory_stream.h"
#include "tests/bench/arguments.h"
#include "tests/bench/relay/agent_side.h"
#include "tests/bench/relay/allocation_count.h"
#include "tests/bench/relay/h2_peer.h"
#include "tests/bench/relay/memory_origin.h"

namespace outhaul::bench {

/// The name is what callgrind's --toggle-collect looks for.
[[gnu::noinline]] void measured_turn(Loop& loop) {
  const CountAllocations counting;
  loop.run_turn(Duration::zero());
}

namespace {

constexpr std::string_view usage =
    "usage: relay_instructions [--streams N] [--requests N] [--warm-up N]\n"
    "                          [--response-bytes N] [--request-bytes N]\n"
    "Prints the heap allocations of the relay while it served the requests after the warm-up.";

void run(const Arguments& arguments) {
  Workload workload;
  workload.streams = arguments.number_or("streams", 100);
  workload.response_bytes = arguments.number_or("response-bytes", 1024);
  workload.request_bytes = arguments.number_or("request-bytes", 0);
  const std::size_t warm_up = arguments.number_or("warm-up", 500);
  const std::size_t requests = arguments.number_or("requests", 2000);

  Loop loop;
  net::MemoryStream::Pair tunnel = net::MemoryStream::make_pair(loop, {});
  MemoryOrigin origin(loop, workload.response_bytes);
  AgentSide agent(loop, *tunnel.first, origin);
  H2Peer peer(*tunnel.second, workload, agent.descriptor());
  agent.start();
  std::uint64_t turns = 0;
  while (peer.completed() < warm_up) {
    peer.step();
    origin.step();
    loop.run_turn(Duration::zero());
  }
  const std::uint64_t before = peer.completed();
  while (peer.completed() < before + requests) {
    peer.step();
    origin.step();
    measured_turn(loop);
    ++turns;
  }
  std::printf(
      "{\"requests\": %llu, \"turns\": %llu, \"allocations\": %llu, \"origin_connections\": %zu,\n"
      " \"built_by\": \"%s %s, glibc %s, nghttp2 %s\"}\n",
      static_cast<unsigned long long>(peer.completed() - before),
      static_cast<unsigned long long>(turns),
      static_cast<unsigned long long>(counted_allocations()), origin.connections(), __VERSION__,
      OUTHAUL_BENCH_FLAGS, gnu_get_libc_version(), nghttp2_version(0)->version_str);
}

}  // namespace

}  // namespace outhaul::bench

int main(int argument_count, char** arguments) {
  using namespace outhaul::bench;
  try {
    run(Arguments(argument_count, arguments, usage));
    return 0;
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "relay_instructions: %s\n", exception.what());
    return 1;
  }
}
