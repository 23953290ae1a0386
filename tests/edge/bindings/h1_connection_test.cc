#include "edge/bindings/h1_connection.h"

#include <doctest/doctest.h>

#include "common/async/combinators.h"
#include "common/net/io.h"
#include "common/net/memory_stream.h"
#include "tests/edge/forwarding/fakes.h"
#include "tests/edge/samples.h"
#include "tests/support/capture_log_sink.h"
#include "tests/support/run_task.h"

namespace outhaul::edge {
namespace {

/// A client's connection to a listener that is bound to one service, over a stream in memory that
/// cuts reads and writes at random places.
class Fixture {
 public:
  explicit Fixture(std::uint32_t seed = 1) : pair_(net::MemoryStream::make_pair(loop, cuts(seed))) {
    const Tunnel tunnel = sample_tunnel("office");
    Snapshot filled;
    filled.put(tunnel);
    filled.put(sample_service("api", tunnel.id));
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
  ReplayBudget budget{default_limits.replay_total_size};
  ForwardContext forward_context{loop, limits, tunnels, budget, "edge-test"};
  ClientContext context{loop, log, limits, forward_context, {}};
  /// The client saw a reset instead of an end.
  bool was_cut = false;

 private:
  static net::MemoryStreamOptions cuts(std::uint32_t seed) {
    net::MemoryStreamOptions options;
    options.read_cut = {net::Cut::Mode::random, 13};
    options.write_cut = {net::Cut::Mode::random, 13};
    options.seed = seed;
    return options;
  }
  Task<Result<void>> client(std::string text) {
    OUTHAUL_CO_CHECK(sent, co_await net::write_all(*pair_.first, as_bytes(text)));
    OUTHAUL_CO_CHECK(ended, co_await net::shutdown(*pair_.first));
    for (;;) {
      auto got = co_await net::read_some(*pair_.first, loop.receive_buffer());
      was_cut = !got;
      if (was_cut || *got == 0) break;
      answer_ += as_text(Bytes(loop.receive_buffer()).first(*got));
    }
    co_return Result<void>();
  }
  Task<Result<void>> server() {
    const ClientStream stream{*pair_.second, "api", "client"};
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

TEST_CASE("pipelined requests are answered in order, wherever the bytes are cut") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    Fixture edge(seed);
    edge.tunnels.scripts.push_back(edge.answer(200, "first"));
    edge.tunnels.scripts.push_back(edge.answer(404, "second"));
    edge.tunnels.scripts.push_back(edge.answer(200, ""));
    const std::string answer = edge.ask(
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
        "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        "HEAD /3 HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::size_t first = answer.find("HTTP/1.1 200 OK");
    const std::size_t second = answer.find("HTTP/1.1 404 Not Found");
    const std::size_t third = answer.rfind("HTTP/1.1 200 OK");
    CHECK(first == 0);
    REQUIRE(second != std::string::npos);
    CHECK(second > answer.find("5\r\nfirst\r\n0\r\n\r\n"));
    CHECK(third > second);
    CHECK(answer.ends_with("\r\n\r\n"));
    REQUIRE(edge.tunnels.arrived.size() == 3);
    CHECK(edge.tunnels.arrived[1]->body == "abc");
    CHECK(edge.tunnels.arrived[1]->body_finished);
    CHECK(edge.tunnels.arrived[2]->head.path == "/3");
  }
}

TEST_CASE("both target forms name the authority and the scheme") {
  Fixture edge;
  edge.tunnels.scripts.push_back(edge.answer(204, ""));
  edge.tunnels.scripts.push_back(edge.answer(204, ""));
  const std::string answer = edge.ask(
      "GET http://one.example:99/x?y HTTP/1.1\r\nX-Forwarded-Proto: https\r\n\r\n"
      "GET /z HTTP/1.1\r\nHost: two.example\r\nX-Forwarded-Proto: http\r\n\r\n");
  REQUIRE(edge.tunnels.arrived.size() == 2);
  CHECK(edge.tunnels.arrived[0]->head.authority == "one.example:99");
  CHECK(edge.tunnels.arrived[0]->head.path == "/x?y");
  CHECK(edge.tunnels.arrived[0]->head.scheme == "http");
  CHECK(edge.tunnels.arrived[1]->head.authority == "two.example");
}

TEST_CASE("a bad head is answered and ends the connection") {
  const std::pair<std::string, std::string> cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", "400"},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505"},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400"},
      {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", "414"},
      {"GET / HTTP/1.1\r\nHost: a\r\nx: " + std::string(17000, 'a') + "\r\n\r\n", "431"},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0",
       "400"},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\na", "400"},
      {"GET / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n", "417"},
      {"CONNECT a.example:1 HTTP/1.1\r\n\r\n", "501"},
  };
  for (const auto& [text, status] : cases) {
    INFO(text.substr(0, 60));
    Fixture edge;
    const std::string answer = edge.ask(text + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(answer.substr(9, 3) == status);
    CHECK(answer.find("application/problem+json") != std::string::npos);
    CHECK(answer.find("proxy-status: \"edge-test\";error=") != std::string::npos);
    for (const auto& arrived : edge.tunnels.arrived)
      CHECK(arrived->head.path == "/next");
  }
}

TEST_CASE("a body that is cut off is not passed on as complete") {
  Fixture edge;
  edge.tunnels.scripts.push_back({});
  const std::string answer = edge.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
  CHECK(answer.empty());
  CHECK(edge.was_cut);
  REQUIRE(edge.tunnels.arrived.size() == 1);
  CHECK_FALSE(edge.tunnels.arrived[0]->body_finished);
}

TEST_CASE("a response that breaks off never looks complete") {
  Fixture edge;
  Script broken = edge.answer(200, "half");
  broken.body_breaks = true;
  edge.tunnels.scripts.push_back(broken);
  const std::string answer = edge.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(answer.find("0\r\n\r\n") == std::string::npos);
  CHECK(edge.was_cut);
  CHECK(edge.lines.contains("error="));
}

TEST_CASE("an HTTP/1.0 client gets no chunks, no interim responses and a close") {
  Fixture edge;
  Script script = edge.answer(200, "body");
  http::ResponseHead interim;
  interim.status = 103;
  script.heads.insert(script.heads.begin(), interim);
  edge.tunnels.scripts.push_back(script);
  const std::string answer = edge.ask("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(answer.find("connection: close\r\n") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\nbody"));
}

TEST_CASE("interim responses reach an HTTP/1.1 client before the final one") {
  Fixture edge;
  Script script = edge.answer(204, "");
  http::ResponseHead interim;
  interim.status = 103;
  interim.fields.add("link", "</a>");
  script.heads.insert(script.heads.begin(), interim);
  edge.tunnels.scripts.push_back(script);
  const std::string answer = edge.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 204 "));
}

}  // namespace
}  // namespace outhaul::edge
