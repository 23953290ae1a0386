#include <doctest/doctest.h>

#include "common/tunnel/descriptor.h"
#include "edge/forwarding/forwarder.h"
#include "tests/edge/forwarding/forward_fixture.h"

namespace outhaul::edge {
namespace {

using State = http::BodyState;

class TcpFixture : public ForwardFixture {
 public:
  TcpFixture() {
    service.spec.type = ServiceType::tcp;
    service.spec.http_port.reset();
    service.spec.tcp_port = std::uint16_t{5432};
    service.spec.app_protocol = "postgresql";
    head = {};
    head.method = "CONNECT";
    head.authority = "anything:1";
    head.fields.add("user-agent", "workerd");
    head.fields.add("x-vpc-binding-token", "secret");
  }
};

TEST_CASE("a CONNECT carries the descriptor's target and no field of the client") {
  TcpFixture edge;
  edge.tunnels.scripts.push_back({.heads = {edge.answer(200)}, .body = "down"});
  edge.run("up");
  const Arrived& arrived = *edge.tunnels.arrived.front();
  CHECK(arrived.head.authority == "api.internal:5432");
  CHECK_FALSE(arrived.head.fields.contains("user-agent"));
  CHECK_FALSE(arrived.head.fields.contains("x-vpc-binding-token"));
  CHECK(arrived.head.fields.contains("tunnel-request-id"));
  const auto descriptor = tunnel::parse_descriptor(*arrived.head.fields.find("tunnel-service"));
  REQUIRE(descriptor);
  CHECK(descriptor->scheme == tunnel::ServiceScheme::tls);
  CHECK(descriptor->tls == tunnel::TlsVerification::verify_ca);
  CHECK(descriptor->app == "postgresql");
  CHECK(arrived.body == "up");
  CHECK(arrived.body_finished);
  CHECK(edge.sink.is_tunnel);
  CHECK(edge.sink.body() == "down");
  CHECK(edge.sink.complete());
  CHECK(edge.lines.contains("bytes_up=2 bytes_down=4"));
}

TEST_CASE("no byte leaves before the agent accepts, so a refusal is retried") {
  TcpFixture edge;
  edge.tunnels.scripts.push_back({.heads = {edge.agent_failure(502, "connection_refused", true)}});
  edge.tunnels.scripts.push_back({.connection = "c2", .heads = {edge.answer(200)}});
  edge.run("hello");
  REQUIRE(edge.tunnels.arrived.size() == 2);
  CHECK(edge.tunnels.arrived[0]->body.empty());
  CHECK(edge.tunnels.arrived[1]->body == "hello");
  CHECK(edge.sink.is_tunnel);

  TcpFixture unprocessed;
  unprocessed.tunnels.scripts.push_back({.failure = Error{ErrorKind::reset, "refused"},
                                         .unprocessed = true,
                                         .peer_code = h2::ErrorCode::refused_stream});
  unprocessed.tunnels.scripts.push_back({.connection = "c2", .heads = {unprocessed.answer(200)}});
  unprocessed.run("hello");
  CHECK(unprocessed.tunnels.arrived.size() == 2);

  TcpFixture lost;
  lost.tunnels.scripts.push_back({.failure = Error{ErrorKind::closed, "connection lost"}});
  lost.tunnels.scripts.push_back({.connection = "c2", .heads = {lost.answer(200)}});
  lost.run("hello");
  CHECK(lost.tunnels.arrived.size() == 1);
  CHECK(lost.sink.head->status == 502);
}

TEST_CASE("the agent's refusal is an ordinary answer") {
  TcpFixture edge;
  edge.tunnels.scripts.push_back(
      {.heads = {edge.agent_failure(502, "connection_refused", false)}, .body = "10.0.0.5"});
  edge.run("hello");
  CHECK_FALSE(edge.sink.is_tunnel);
  CHECK(edge.sink.head->status == 502);
  CHECK(edge.sink.body().find("connection_refused") != std::string::npos);
  CHECK(edge.sink.body().find("10.0.0.5") == std::string::npos);
  CHECK(edge.tunnels.arrived.front()->body.empty());
}

TEST_CASE("an abort on either side cuts the other") {
  TcpFixture agent;
  agent.tunnels.scripts.push_back(
      {.heads = {agent.answer(200)}, .body = "half", .body_breaks = true});
  agent.run("up", State::open);
  CHECK(agent.sink.was_cut);

  TcpFixture client;
  client.tunnels.scripts.push_back(
      {.heads = {client.answer(200)}, .body = "half", .body_stays_open = true});
  client.run("up", State::failed);
  CHECK(client.sink.was_cut);
  CHECK(client.lines.contains("bytes_up=2 bytes_down=4"));
  CHECK_FALSE(client.tunnels.arrived.front()->body_finished);
}

TEST_CASE("a reset by the agent is noticed after its direction has ended") {
  TcpFixture edge;
  edge.tunnels.scripts.push_back(
      {.heads = {edge.answer(200)}, .body = "bye", .failure = Error{ErrorKind::reset, "reset"}});
  edge.run("up", State::open);
  CHECK(edge.sink.body() == "bye");
  CHECK(edge.sink.was_cut);
}

}  // namespace
}  // namespace outhaul::edge
