#include "edge/forwarding/forwarder.h"

#include <doctest/doctest.h>

#include "common/tunnel/descriptor.h"
#include "tests/edge/forwarding/forward_fixture.h"

namespace outhaul::edge {
namespace {

using State = http::BodyState;

using Fixture = ForwardFixture;

TEST_CASE("a request reaches the tunnel with its descriptor and without what is the edge's") {
  Fixture edge;
  edge.head.fields.add("x-vpc-service-id", "1");
  edge.head.fields.add("x-vpc-binding-token", "t");
  edge.head.fields.add("tunnel-service", "forged");
  edge.head.fields.add("proxy-authorization", "p");
  edge.head.fields.add("x-cf-blob", "b");
  edge.head.fields.add("connection", "x-hop, tunnel-service");
  edge.head.fields.add("x-hop", "h");
  edge.head.fields.add("x-kept", "k");
  edge.tunnels.scripts.push_back({.heads = {edge.answer(200)}, .body = "hello"});
  edge.run();
  REQUIRE(edge.tunnels.arrived.size() == 1);
  const Arrived& arrived = *edge.tunnels.arrived.front();
  CHECK_FALSE(arrived.has_body);
  for (const char* name : {"x-vpc-service-id", "x-vpc-binding-token", "proxy-authorization",
                           "x-cf-blob", "connection", "x-hop"}) {
    INFO(name);
    CHECK_FALSE(arrived.head.fields.contains(name));
  }
  CHECK(arrived.head.fields.find("x-kept") == "k");
  CHECK(arrived.head.fields.find("via") == "1.1 edge-test");
  CHECK(arrived.head.fields.find("tunnel-request-id")->size() == 12);
  CHECK(arrived.head.fields.count("tunnel-service") == 1);
  const auto descriptor = tunnel::parse_descriptor(*arrived.head.fields.find("tunnel-service"));
  REQUIRE(descriptor);
  CHECK(descriptor->id == edge.service.id);
  CHECK(descriptor->net == edge.tunnel.id);
  CHECK(descriptor->port == 8080);
  CHECK(descriptor->hostname == "api.internal");
  CHECK(descriptor->resolver_ips.size() == 2);
  CHECK(edge.sink.head->status == 200);
  CHECK(edge.sink.body() == "hello");
  CHECK(edge.sink.complete());
  CHECK(edge.lines.contains("path=/a "));
  CHECK_FALSE(edge.lines.contains("secret"));
}

TEST_CASE("the scheme picks the port") {
  Fixture edge;
  edge.head.scheme = "https";
  edge.run();
  CHECK(edge.sink.head->status == 400);
  CHECK(edge.sink.body().find("http_port only") != std::string::npos);
  CHECK(edge.tunnels.arrived.empty());

  Fixture open;
  open.head.scheme = "https";
  open.service.spec.http_port.reset();
  open.tunnels.scripts.push_back({.heads = {open.answer(204)}});
  open.run();
  const auto& fields = open.tunnels.arrived.front()->head.fields;
  const auto descriptor = tunnel::parse_descriptor(*fields.find("tunnel-service"));
  REQUIRE(descriptor);
  CHECK(descriptor->port == 443);
  CHECK(descriptor->scheme == tunnel::ServiceScheme::https);
  CHECK(descriptor->tls == tunnel::TlsVerification::verify_ca);
}

TEST_CASE("a loop, a tcp service and a disabled tunnel are refused") {
  Fixture loop;
  loop.head.fields.add("via", "1.1 other, 2 EDGE-test");
  loop.run();
  CHECK(loop.sink.head->status == 502);
  CHECK(loop.sink.field("proxy-status") == "\"edge-test\";error=proxy_loop_detected");

  Fixture tcp;
  tcp.service.spec.type = ServiceType::tcp;
  tcp.run();
  CHECK(tcp.sink.head->status == 400);

  Fixture disabled;
  disabled.tunnel.disabled = true;
  disabled.run();
  CHECK(disabled.sink.head->status == 503);
  CHECK(disabled.tunnels.waits == 0);
}

TEST_CASE("the agent's error is repeated, its details are not") {
  Fixture edge;
  http::ResponseHead failure = edge.agent_failure(502, "dns_error", false);
  failure.fields.add("retry-after", "7");
  failure.fields.add("x-hint", "10.0.0.5");
  edge.tunnels.scripts.push_back({.heads = {failure}, .body = "10.0.0.5 said no"});
  edge.run();
  CHECK(edge.sink.head->status == 502);
  CHECK(edge.sink.field("proxy-status") == "\"" + tunnel::agent_name(edge.tunnel.id) +
                                               "\";error=dns_error, "
                                               "\"edge-test\";error=dns_error");
  CHECK(edge.tunnels.arrived.size() == 1);
  CHECK(edge.lines.contains("10.0.0.5 said no"));
  CHECK(edge.sink.body().find("10.0.0.5") == std::string::npos);
  CHECK(edge.sink.body().find("\"title\":\"dns_error\"") != std::string::npos);
  CHECK(edge.sink.field("content-type") == "application/problem+json");
  CHECK(edge.sink.field("content-length") == std::to_string(edge.sink.body().size()));
  CHECK(edge.sink.field("retry-after") == "7");
  CHECK(edge.sink.field("x-hint").empty());
  const auto& fields = edge.tunnels.arrived.front()->head.fields;
  const std::string request_id(*fields.find("tunnel-request-id"));
  CHECK(edge.sink.body().find(request_id) != std::string::npos);
}

TEST_CASE("an origin's Proxy-Status and Tunnel-* fields are not believed") {
  Fixture edge;
  http::ResponseHead head = edge.answer(502);
  head.fields.set("proxy-status", "\"agent-00000000\";error=dns_error");
  head.fields.add("tunnel-retry", "?1");
  edge.tunnels.scripts.push_back({.heads = {head}});
  edge.tunnels.scripts.push_back({.connection = "c2", .heads = {edge.answer(200)}});
  edge.run();
  CHECK(edge.sink.head->status == 502);
  CHECK(edge.sink.field("proxy-status") == "\"agent-00000000\";error=dns_error, \"edge-test\"");
  CHECK(edge.sink.field("tunnel-retry").empty());
  CHECK(edge.tunnels.arrived.size() == 1);
}

TEST_CASE("Tunnel-Retry sends the whole request again on another connection, once") {
  Fixture edge;
  edge.head.method = "POST";
  edge.tunnels.scripts.push_back({.heads = {edge.agent_failure(502, "connection_refused", true)}});
  edge.tunnels.scripts.push_back({.connection = "c2", .heads = {edge.answer(200)}, .body = "ok"});
  edge.run("payload");
  REQUIRE(edge.tunnels.arrived.size() == 2);
  CHECK(edge.tunnels.arrived[1]->avoid == "c1");
  CHECK(edge.tunnels.arrived[1]->body == "payload");
  CHECK(edge.tunnels.arrived[1]->body_finished);
  CHECK(edge.sink.head->status == 200);
  CHECK(edge.budget.left() == default_limits.replay_total_size);
  CHECK(edge.lines.contains("attempts=2"));

  Fixture twice;
  for (const char* connection : {"c1", "c2", "c3"}) {
    twice.tunnels.scripts.push_back(
        {.connection = connection,
         .heads = {twice.agent_failure(502, "connection_refused", true)}});
  }
  twice.run();
  CHECK(twice.tunnels.arrived.size() == 2);
  CHECK(twice.sink.head->status == 502);
}

TEST_CASE("without another connection the agent's answer stands") {
  Fixture edge;
  edge.tunnels.scripts.push_back(
      {.heads = {edge.agent_failure(503, "connection_limit_reached", true)}, .body = "busy"});
  edge.tunnels.scripts.push_back({.connection = "c1", .heads = {edge.answer(200)}});
  edge.run();
  CHECK(edge.sink.head->status == 503);
  CHECK(edge.sink.body().find("connection_limit_reached") != std::string::npos);
}

TEST_CASE("a body over the replay limit is not sent again") {
  Fixture edge;
  edge.limits.replay_body_size = 4;
  edge.head.method = "PUT";
  edge.tunnels.scripts.push_back({.failure = Error{ErrorKind::reset, "refused"},
                                  .unprocessed = true,
                                  .peer_code = h2::ErrorCode::refused_stream});
  edge.tunnels.scripts.push_back({.connection = "c2", .heads = {edge.answer(200)}});
  edge.run("12345");
  CHECK(edge.tunnels.arrived.size() == 1);
  CHECK(edge.sink.head->status == 502);
  CHECK(edge.budget.left() == default_limits.replay_total_size);
}

TEST_CASE("REFUSED_STREAM is retried for any method, a lost connection only if that is safe") {
  const auto attempts = [](const std::string& method, const std::string& body, Script broken) {
    Fixture edge;
    edge.head.method = method;
    edge.tunnels.scripts.push_back(std::move(broken));
    edge.tunnels.scripts.push_back({.connection = "c2", .heads = {edge.answer(200)}});
    edge.run(body);
    CHECK(edge.sink.head->status == (edge.tunnels.arrived.size() == 2 ? 200 : 502));
    return edge.tunnels.arrived.size();
  };
  const Script refused{.failure = Error{ErrorKind::reset, "refused"},
                       .unprocessed = true,
                       .peer_code = h2::ErrorCode::refused_stream};
  const Script lost{.failure = Error{ErrorKind::closed, "connection lost"}};
  const Script broken{.failure = Error{ErrorKind::reset, "reset"},
                      .peer_code = h2::ErrorCode::internal_error};
  CHECK(attempts("POST", "x", refused) == 2);
  CHECK(attempts("GET", "", lost) == 2);
  CHECK(attempts("POST", "", lost) == 1);
  CHECK(attempts("PUT", "x", lost) == 1);
  CHECK(attempts("GET", "", broken) == 1);
}

TEST_CASE("where connections are lost one after the other, a request is sent three times at most") {
  for (const std::size_t lost : {2U, 3U}) {
    Fixture edge;
    for (std::size_t i = 0; i < lost; ++i) {
      edge.tunnels.scripts.push_back({.connection = "c" + std::to_string(i),
                                      .failure = Error{ErrorKind::closed, "connection lost"}});
    }
    edge.tunnels.scripts.push_back({.connection = "good", .heads = {edge.answer(200)}});
    edge.run("");
    CHECK(edge.tunnels.arrived.size() == 3);
    CHECK(edge.sink.head->status == (lost == 2 ? 200 : 502));
  }
}

TEST_CASE("a request waits for a connection, and not for ever") {
  Fixture edge;
  edge.tunnels.scripts.push_back({.refusal = Error{ErrorKind::not_found, "none"}});
  edge.tunnels.scripts.push_back({.heads = {edge.answer(200)}});
  edge.run();
  CHECK(edge.tunnels.waits == 1);
  CHECK(edge.sink.head->status == 200);

  Fixture alone;
  alone.run();
  CHECK(alone.sink.head->status == 503);
  CHECK(alone.sink.field("retry-after") == "1");
  CHECK(alone.sink.field("proxy-status") == "\"edge-test\";error=destination_unavailable");

  Fixture full;
  full.tunnels.scripts.push_back({.refusal = Error{ErrorKind::limit, "full"}});
  full.run();
  CHECK(full.sink.head->status == 503);
  CHECK(full.tunnels.waits == 0);
}

TEST_CASE("a failure after the head cuts the client") {
  Fixture edge;
  edge.tunnels.scripts.push_back(
      {.heads = {edge.answer(200)}, .body = "half", .body_breaks = true});
  edge.run();
  CHECK(edge.sink.head->status == 200);
  CHECK(edge.sink.body() == "half");
  CHECK(edge.sink.was_cut);
  CHECK_FALSE(edge.sink.complete());
}

TEST_CASE("an early response ends the exchange, interim ones are passed on") {
  Fixture edge;
  edge.head.method = "POST";
  edge.tunnels.scripts.push_back({.heads = {edge.answer(103), edge.answer(413)}, .body = "no"});
  edge.run("begin", State::open);
  CHECK(edge.sink.interim == std::vector<int>{103});
  CHECK(edge.sink.head->status == 413);
  CHECK(edge.sink.complete());
}

TEST_CASE("a broken upload is answered if anybody is left, and never repeated") {
  Fixture gone;
  gone.head.method = "POST";
  gone.tunnels.scripts.push_back({});
  gone.run("half", State::failed);
  CHECK(gone.sink.was_cut);
  CHECK_FALSE(gone.sink.head);
  CHECK_FALSE(gone.tunnels.arrived.front()->body_finished);

  Fixture malformed;
  malformed.head.method = "POST";
  malformed.tunnels.scripts.push_back({});
  TextBody body(malformed.loop, "half");
  body.fail_with({ErrorKind::invalid, "bad chunk"});
  malformed.run_with(body, true);
  CHECK(malformed.sink.head->status == 400);
}

TEST_CASE("HEAD, 204 and 304 have no body") {
  for (const int status : {200, 204, 304}) {
    Fixture edge;
    if (status == 200) edge.head.method = "HEAD";
    http::ResponseHead head = edge.answer(status);
    if (status == 200) head.fields.add("content-length", "5");
    edge.tunnels.scripts.push_back({.heads = {head}});
    edge.run();
    CHECK(edge.sink.head->status == status);
    CHECK(edge.sink.body().empty());
    CHECK(edge.sink.complete());
  }
}

}  // namespace
}  // namespace outhaul::edge
