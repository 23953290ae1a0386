#include <doctest/doctest.h>

#include "common/tunnel/descriptor.h"
#include "edge/bindings/h1_connection.h"
#include "tests/edge/bindings/h1_fixture.h"

namespace outhaul::edge {
namespace {

using After = H1Fixture::After;

// Key and answer are the example of RFC 6455 section 1.3.
const std::string handshake =
    "GET /chat?room=1 HTTP/1.1\r\nHost: api\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: chat, superchat\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

class TcpFixture : public H1Fixture {
 public:
  explicit TcpFixture(std::uint32_t seed = 1) : H1Fixture(seed) { bound_service = "database"; }
};

TEST_CASE("CONNECT without any field carries bytes both ways, wherever they are cut") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    TcpFixture edge(seed);
    edge.tunnels.scripts.push_back(edge.answer(200, "from the origin"));
    const std::string answer = edge.ask("CONNECT db.example:5432 HTTP/1.1\r\n\r\nfrom the client");
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.find("transfer-encoding") == std::string::npos);
    CHECK(answer.find("content-length") == std::string::npos);
    CHECK(answer.ends_with("\r\n\r\nfrom the origin"));
    CHECK_FALSE(edge.was_cut);
    REQUIRE(edge.tunnels.arrived.size() == 1);
    const Arrived& arrived = *edge.tunnels.arrived.front();
    CHECK(arrived.body == "from the client");
    CHECK(arrived.body_finished);
    CHECK(arrived.has_body);
    CHECK(arrived.head.method == "CONNECT");
    CHECK(arrived.head.authority == "api.internal:5432");
    CHECK(arrived.head.scheme.empty());
    CHECK(arrived.head.path.empty());
    const auto descriptor = tunnel::parse_descriptor(*arrived.head.fields.find("tunnel-service"));
    REQUIRE(descriptor);
    CHECK(descriptor->type == ServiceType::tcp);
    CHECK(descriptor->scheme == tunnel::ServiceScheme::tcp);
  }
}

TEST_CASE("an abort by the agent resets the client") {
  TcpFixture edge;
  Script open = edge.answer(200, "banner");
  open.body_breaks = true;
  edge.tunnels.scripts.push_back(open);
  edge.after = After::listen;
  edge.ask("CONNECT a:1 HTTP/1.1\r\n\r\n");
  CHECK(edge.was_cut);
  CHECK(edge.lines.contains("status=200"));
}

TEST_CASE("a client's reset ends the stream at the agent without an end") {
  TcpFixture edge;
  edge.after = After::reset;
  Script open = edge.answer(200, "banner");
  open.body_stays_open = true;
  edge.tunnels.scripts.push_back(open);
  edge.ask("CONNECT a:1 HTTP/1.1\r\n\r\nhello");
  CHECK(edge.tunnels.arrived.front()->body == "hello");
  CHECK_FALSE(edge.tunnels.arrived.front()->body_finished);
}

TEST_CASE("a client that resets before the answer ends the attempt") {
  TcpFixture edge;
  edge.after = After::reset;
  edge.tunnels.scripts.push_back({});
  edge.ask("CONNECT a:1 HTTP/1.1\r\n\r\nhello");
  CHECK(edge.lines.contains("client_gone"));
  CHECK(edge.tunnels.arrived.front()->body.empty());
}

TEST_CASE("a refused CONNECT is an answer, and what follows it is no request") {
  TcpFixture edge;
  http::ResponseHead head;
  head.status = 502;
  edge.tunnels.scripts.push_back({.heads = {head}, .body = "no"});
  const std::string answer =
      edge.ask("CONNECT a:1 HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
  CHECK(answer.find("connection: close\r\n") != std::string::npos);
  CHECK(answer.find("HTTP/1.1", 1) == std::string::npos);
  CHECK(edge.tunnels.arrived.size() == 1);
}

TEST_CASE("service type and kind of request have to fit") {
  H1Fixture http_service;
  const std::string refused = http_service.ask("CONNECT a:1 HTTP/1.1\r\n\r\n");
  CHECK(refused.starts_with("HTTP/1.1 400 "));
  CHECK(refused.find("is of type http") != std::string::npos);
  TcpFixture tcp_service;
  const std::string get = tcp_service.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(get.starts_with("HTTP/1.1 400 "));
  CHECK(get.find("reached by CONNECT only") != std::string::npos);
  TcpFixture upgrade;
  CHECK(upgrade.ask(handshake).starts_with("HTTP/1.1 400 "));
  CHECK(upgrade.tunnels.arrived.empty());
}

TEST_CASE("an upgrade to WebSocket becomes an extended CONNECT and is answered with 101") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    H1Fixture edge(seed);
    Script script = edge.answer(200, "");
    script.body = "server frames";
    script.heads[0].fields.add("sec-websocket-protocol", "chat");
    edge.tunnels.scripts.push_back(script);
    const std::string answer = edge.ask(handshake + "client frames");
    CHECK(answer.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
    CHECK(answer.find("connection: Upgrade\r\n") != std::string::npos);
    CHECK(answer.find("upgrade: websocket\r\n") != std::string::npos);
    CHECK(answer.find("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") !=
          std::string::npos);
    CHECK(answer.find("sec-websocket-protocol: chat\r\n") != std::string::npos);
    CHECK(answer.ends_with("\r\n\r\nserver frames"));
    const Arrived& arrived = *edge.tunnels.arrived.front();
    CHECK(arrived.head.method == "CONNECT");
    CHECK(arrived.head.protocol == "websocket");
    CHECK(arrived.head.path == "/chat?room=1");
    CHECK(arrived.head.scheme == "http");
    for (const char* gone : {"sec-websocket-key", "upgrade", "connection"})
      CHECK_FALSE(arrived.head.fields.contains(gone));
    CHECK(arrived.head.fields.find("sec-websocket-version") == "13");
    CHECK(arrived.head.fields.find("sec-websocket-protocol") == "chat, superchat");
    CHECK(arrived.head.fields.find("sec-websocket-extensions") == "permessage-deflate");
    CHECK(arrived.body == "client frames");
    CHECK(arrived.body_finished);
    CHECK(edge.lines.contains("status=101"));
  }
}

TEST_CASE("any other answer to an upgrade is an ordinary response") {
  H1Fixture edge;
  edge.tunnels.scripts.push_back(edge.answer(403, "members only"));
  const std::string answer = edge.ask(handshake);
  CHECK(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"));
  CHECK(answer.find("members only") != std::string::npos);
  CHECK(answer.find("sec-websocket-accept") == std::string::npos);
}

TEST_CASE("an agent without extended CONNECT is named") {
  H1Fixture edge;
  edge.tunnels.scripts.push_back({.refusal = Error{ErrorKind::invalid, "not offered"}});
  const std::string answer = edge.ask(handshake);
  CHECK(answer.starts_with("HTTP/1.1 501 "));
  CHECK(answer.find("agent does not serve WebSocket") != std::string::npos);
}

}  // namespace
}  // namespace outhaul::edge
