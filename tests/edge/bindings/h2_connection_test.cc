#include "edge/bindings/h2_connection.h"

#include <functional>

#include <doctest/doctest.h>

#include "common/async/sleep.h"
#include "common/net/memory_stream.h"
#include "tests/edge/forwarding/fakes.h"
#include "tests/edge/samples.h"
#include "tests/support/capture_log_sink.h"

namespace outhaul::edge {
namespace {

/// An HTTP/2 client of a listener that is bound to one service.
class Fixture final : private h2::SessionHandler {
 public:
  explicit Fixture(ServiceType type) : pair_(net::MemoryStream::make_pair(loop, {})) {
    const Tunnel tunnel = sample_tunnel("office");
    Service service = sample_service("target", tunnel.id);
    if (type == ServiceType::tcp) {
      service.spec.type = type;
      service.spec.http_port.reset();
      service.spec.tcp_port = std::uint16_t{5432};
    }
    Snapshot filled;
    filled.put(tunnel);
    filled.put(service);
    snapshot_ = std::make_shared<const Snapshot>(filled);
    context_.snapshot = [this] { return snapshot_; };
    tasks_.spawn(serve());
    tasks_.spawn(ask());
    run_until([this] { return session.ready(); });
  }
  ~Fixture() { tasks_.cancel_all(); }

  void run_until(const std::function<bool()>& condition) {
    while (!condition())
      loop.run_turn(std::chrono::milliseconds(10));
  }
  std::unique_ptr<h2::Stream> open(const http::RequestHead& head) {
    auto stream = session.open(head, true);
    REQUIRE(stream);
    return std::move(*stream);
  }
  int status_of(h2::Stream& stream) {
    std::optional<http::ResponseHead> head;
    run_until([&] {
      head = stream.take_head();
      return head || stream.failed();
    });
    return head ? head->status : 0;
  }
  Script answer(int status, const std::string& body) const {
    http::ResponseHead head;
    head.status = status;
    return {.heads = {head}, .body = body};
  }

  Loop loop;
  Limits limits;
  test::CaptureLogSink lines;
  Log log{lines};
  ScriptedTunnels tunnels{loop};

 private:
  static h2::SessionOptions client_options() {
    h2::SessionOptions options;
    options.role = h2::Role::client;
    return options;
  }
  void on_request(std::unique_ptr<h2::Stream>) override {}
  Task<void> serve() {
    const ClientStream client{*pair_.second, "target", "client"};
    H2Connection connection(context_, client);
    co_await connection.run(std::string());
  }
  Task<void> ask() { co_await session.run(); }

  net::MemoryStream::Pair pair_;
  http::ReplayBudget budget_{default_limits.replay_total_size};
  ForwardContext forward_context_{loop, limits, tunnels, budget_, nullptr, "edge-test"};
  ClientContext context_{loop, log, limits, forward_context_, {}};
  std::shared_ptr<const Snapshot> snapshot_;

 public:
  h2::Session session{loop, *pair_.first, client_options(), *this};

 private:
  Scope tasks_{loop};
};

http::RequestHead connect_head() {
  http::RequestHead head;
  head.method = "CONNECT";
  head.authority = "db:5432";
  return head;
}

http::RequestHead websocket_head() {
  http::RequestHead head = connect_head();
  head.protocol = "websocket";
  head.scheme = "https";
  head.path = "/chat";
  head.fields.add("sec-websocket-version", "13");
  head.fields.add("x-forwarded-proto", "http");
  return head;
}

TEST_CASE("CONNECT carries bytes and ends each direction by itself") {
  Fixture edge(ServiceType::tcp);
  edge.tunnels.scripts.push_back(edge.answer(200, "banner"));
  const auto stream = edge.open(connect_head());
  CHECK(edge.status_of(*stream) == 200);
  edge.run_until([&] { return stream->body().peek().size() == 6; });
  CHECK(as_text(stream->body().peek()) == "banner");
  stream->body().consume(6);
  edge.run_until([&] { return stream->body().state() == http::BodyState::complete; });
  CHECK(stream->writer().write(as_bytes("after the end")) == 13);
  stream->writer().finish({});
  edge.run_until([&] { return edge.lines.contains("status=200"); });
  CHECK_FALSE(stream->failed());
  CHECK(edge.tunnels.arrived.front()->body == "after the end");
  CHECK(edge.tunnels.arrived.front()->body_finished);
}

TEST_CASE("WebSocket is announced and forwarded") {
  Fixture edge(ServiceType::http);
  edge.tunnels.scripts.push_back(edge.answer(200, "frames"));
  const auto stream = edge.open(websocket_head());
  CHECK(edge.status_of(*stream) == 200);
  CHECK(edge.tunnels.arrived.front()->head.protocol == "websocket");
  CHECK(edge.tunnels.arrived.front()->head.path == "/chat");
  CHECK(edge.tunnels.arrived.front()->head.scheme == "http");
}

TEST_CASE("another protocol and a service of another type are refused") {
  Fixture edge(ServiceType::http);
  http::RequestHead other = websocket_head();
  other.protocol = "connect-udp";
  CHECK(edge.status_of(*edge.open(other)) == 501);
  CHECK(edge.status_of(*edge.open(connect_head())) == 400);
  CHECK(edge.tunnels.arrived.empty());
}

TEST_CASE("an abort at the agent is CONNECT_ERROR or CANCEL") {
  const auto code = [](ServiceType type, const http::RequestHead& head) {
    Fixture edge(type);
    Script broken = edge.answer(200, "half");
    broken.body_breaks = true;
    edge.tunnels.scripts.push_back(broken);
    const auto stream = edge.open(head);
    edge.run_until([&] { return stream->failed(); });
    return stream->peer_code();
  };
  CHECK(code(ServiceType::tcp, connect_head()) == h2::ErrorCode::connect_error);
  CHECK(code(ServiceType::http, websocket_head()) == h2::ErrorCode::cancel);
}

TEST_CASE("a client's reset lets go of the agent's stream without an end") {
  Fixture edge(ServiceType::tcp);
  Script open = edge.answer(200, "");
  open.body_stays_open = true;
  edge.tunnels.scripts.push_back(open);
  const auto stream = edge.open(connect_head());
  CHECK(edge.status_of(*stream) == 200);
  stream->reset(h2::ErrorCode::cancel);
  edge.run_until([&] { return edge.lines.contains("status=200"); });
  CHECK_FALSE(edge.tunnels.arrived.front()->body_finished);
}

}  // namespace
}  // namespace outhaul::edge
