#include "edge/connect/edge_tunnel.h"

#include <doctest/doctest.h>

#include "common/async/combinators.h"
#include "common/net/io.h"
#include "common/net/listener.h"
#include "common/net/memory_stream.h"
#include "tests/support/run_task.h"

namespace outhaul::edge {
namespace {

/// An edge on loopback that gives one fixed answer and then ends its direction.
class Fixture {
 public:
  Fixture() {
    auto opened = net::Listener::open(loop, net::SocketAddress(*IpAddress::parse("127.0.0.1"), 0),
                                      net::ListenOptions());
    REQUIRE(opened);
    listener_ = std::move(*opened);
    access.edge = listener_->address();
    access.service = Uuid::random();
    access.token = "ohb_token";
  }

  /// What open_edge_tunnel() says to `answer`; with a tunnel, `program` gets its bytes.
  void connect(const std::string& answer) { testing::run_task(loop, both_sides(answer)); }

  Loop loop;
  ServiceAccess access;
  std::string error;
  std::string request;   // all that the edge received
  std::string received;  // all that the program received

 private:
  Task<Result<void>> edge(std::string answer) {
    OUTHAUL_CO_TRY(stream, co_await listener_->accept());
    const Bytes buffer(loop.receive_buffer());
    while (request.find("\r\n\r\n") == std::string::npos) {
      OUTHAUL_CO_TRY(got, co_await net::read_some(*stream, loop.receive_buffer()));
      request += as_text(buffer.first(got));
    }
    OUTHAUL_CO_CHECK(sent, co_await net::write_all(*stream, as_bytes(answer)));
    OUTHAUL_CO_CHECK(ended, co_await net::shutdown(*stream));
    for (;;) {
      OUTHAUL_CO_TRY(got, co_await net::read_some(*stream, loop.receive_buffer()));
      if (got == 0) break;
      request += as_text(buffer.first(got));
    }
    co_return Result<void>();
  }
  Task<Result<void>> client() {
    auto tunnel = co_await open_edge_tunnel(loop, access);
    if (!tunnel) {
      error = tunnel.error().message;
      co_return Result<void>();
    }
    auto program = net::MemoryStream::make_pair(loop, {});
    OUTHAUL_CO_CHECK(sent, co_await net::write_all(*program.first, as_bytes(question_)));
    OUTHAUL_CO_CHECK(ended, co_await net::shutdown(*program.first));
    OUTHAUL_CO_CHECK(carried, co_await carry(loop, *program.second, *tunnel));
    for (;;) {
      OUTHAUL_CO_TRY(got, co_await net::read_some(*program.first, loop.receive_buffer()));
      if (got == 0) break;
      received += as_text(Bytes(loop.receive_buffer()).first(got));
    }
    co_return Result<void>();
  }
  Task<void> both_sides(std::string answer) {
    Task<Result<void>> serving = edge(std::move(answer));
    Task<Result<void>> asking = client();
    const Result<void> done = co_await both(std::move(serving), std::move(asking));
    CHECK(done);
  }

  const std::string question_ = "question";
  std::unique_ptr<net::Listener> listener_;
};

TEST_CASE("bytes pass both ways, those right behind the answer too") {
  Fixture edge;
  edge.connect("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nproxy-status: x\r\n\r\nbanner");
  CHECK(edge.error.empty());
  CHECK(edge.received == "banner");
  const std::string authority = edge.access.service.to_string() + ".tcp.vpc:1";
  CHECK(edge.request.starts_with("CONNECT " + authority + " HTTP/1.1\r\n"));
  CHECK(edge.request.find("x-vpc-service-id: " + edge.access.service.to_string() + "\r\n") !=
        std::string::npos);
  CHECK(edge.request.find("x-vpc-binding-token: ohb_token\r\n") != std::string::npos);
  CHECK(edge.request.ends_with("\r\n\r\nquestion"));
}

TEST_CASE("without a token nothing stands for one") {
  Fixture edge;
  edge.access.token.clear();
  edge.connect("HTTP/1.1 200 OK\r\n\r\n");
  CHECK(edge.request.find("x-vpc-") == std::string::npos);
}

TEST_CASE("a refusal says why") {
  Fixture edge;
  const std::string body =
      R"({"title":"http_request_denied","detail":"no such binding","request_id":"0a1b"})";
  edge.connect("HTTP/1.1 403 Forbidden\r\ncontent-length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body);
  CHECK(edge.error.find("the edge answered 403, http_request_denied: no such binding") !=
        std::string::npos);
  CHECK(edge.error.find("request_id 0a1b") != std::string::npos);

  Fixture plain;
  plain.connect("HTTP/1.1 502 Bad Gateway\r\n\r\n<html>");
  CHECK(plain.error.ends_with("the edge answered 502"));

  Fixture silent;
  silent.connect("");
  CHECK(silent.error.find("is --edge a binding listener?") != std::string::npos);
}

}  // namespace
}  // namespace outhaul::edge
