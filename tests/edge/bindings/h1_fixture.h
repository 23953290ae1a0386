#pragma once

#include <memory>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "common/async/combinators.h"
#include "common/async/sleep.h"
#include "common/net/io.h"
#include "common/net/memory_stream.h"
#include "edge/bindings/h1_connection.h"
#include "tests/edge/forwarding/fakes.h"
#include "tests/edge/samples.h"
#include "tests/support/capture_log_sink.h"
#include "tests/support/run_task.h"

namespace outhaul::edge {

/// A client's connection to a listener that is bound to one service, over a stream in memory that
/// cuts reads and writes at random places.
class H1Fixture {
 public:
  explicit H1Fixture(std::uint32_t seed = 1)
      : pair_(net::MemoryStream::make_pair(loop, cuts(seed))) {
    const Tunnel tunnel = sample_tunnel("office");
    Snapshot filled;
    filled.put(tunnel);
    filled.put(sample_service("api", tunnel.id));
    Service tcp = sample_service("database", tunnel.id);
    tcp.spec = tcp_spec(tunnel.id);
    filled.put(tcp);
    snapshot_ = std::make_shared<const Snapshot>(filled);
    context.snapshot = [this] { return snapshot_; };
  }

  Script answer(int status, const std::string& body) const {
    http::ResponseHead head;
    head.status = status;
    if (!body.empty()) head.fields.add("content-type", "text/plain");
    return {.heads = {head}, .body = body};
  }

  /// Everything that the edge sends for `text` until it closes; the client ends its side at once.
  std::string ask(const std::string& text) {
    testing::run_task(loop, converse(text));
    return answer_;
  }

  Loop loop;
  Limits limits;
  test::CaptureLogSink lines;
  Log log{lines};
  ScriptedTunnels tunnels{loop};
  http::ReplayBudget budget{default_limits.replay_total_size};
  ForwardContext forward_context{loop, limits, tunnels, budget, nullptr, "edge-test"};
  ClientContext context{loop, log, limits, forward_context, {}};
  /// The listener's service: "api" or, of type tcp, "database".
  std::string bound_service = "api";
  /// What the client does after its last byte.
  enum class After : std::uint8_t { end, reset, listen };
  After after = After::end;
  /// The client saw a reset instead of an end.
  bool was_cut = false;

 private:
  static ServiceSpec tcp_spec(const Uuid& tunnel) {
    ServiceSpec spec = sample_spec("database", tunnel);
    spec.type = ServiceType::tcp;
    spec.http_port.reset();
    spec.tcp_port = std::uint16_t{5432};
    spec.tls.reset();
    return spec;
  }
  static net::MemoryStreamOptions cuts(std::uint32_t seed) {
    net::MemoryStreamOptions options;
    options.read_cut = {net::Cut::Mode::random, 13};
    options.write_cut = {net::Cut::Mode::random, 13};
    options.seed = seed;
    return options;
  }
  Task<Result<void>> client(std::string text) {
    OUTHAUL_CO_CHECK(sent, co_await net::write_all(*pair_.first, as_bytes(text)));
    if (after == After::reset) {
      // Only once all of it has arrived: a reset overtakes bytes. Looks again and again, because a
      // memory stream has nobody to tell how much was read.
      while (pair_.second && pair_.second->bytes_read() < text.size())
        co_await sleep_for(loop, std::chrono::milliseconds(1));
      pair_.first->reset();
      co_return Result<void>();
    }
    if (after == After::end) {
      OUTHAUL_CO_CHECK(ended, co_await net::shutdown(*pair_.first));
    }
    for (;;) {
      auto got = co_await net::read_some(*pair_.first, loop.receive_buffer());
      was_cut = !got;
      if (was_cut || *got == 0) break;
      answer_ += as_text(Bytes(loop.receive_buffer()).first(*got));
    }
    co_return Result<void>();
  }
  Task<Result<void>> server() {
    const ClientStream stream{*pair_.second, bound_service, "client"};
    ByteQueue input;
    H1Connection connection(context, stream, std::move(input));
    co_await connection.run();
    pair_.second.reset();
    co_return Result<void>();
  }
  Task<void> converse(std::string text) {
    Task<Result<void>> asking = client(std::move(text));
    Task<Result<void>> serving = server();
    const Result<void> done = co_await both(std::move(asking), std::move(serving));
    CHECK(done);
  }

  net::MemoryStream::Pair pair_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::string answer_;
};

}  // namespace outhaul::edge
