#include <doctest/doctest.h>

#include "tests/component/relay/relay_fixture.h"
#include "tests/support/temporary_directory.h"

using namespace outhaul;
using namespace outhaul::testing;

namespace {

/// Answers each request, keeps its head and counts what else arrives.
struct Responder {
  std::vector<std::string> heads;
  std::string body;

  Task<void> play(Loop&, net::ByteStream& stream, int) {
    std::string rest;
    for (;;) {
      std::string head = co_await read_head_text(stream, rest);
      if (head.empty()) co_return;
      heads.push_back(std::move(head));
      co_await send_text(stream, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    }
  }

  /// Takes a body and never answers it.
  Task<void> swallow(Loop&, net::ByteStream& stream, int) {
    std::string rest;
    heads.push_back(co_await read_head_text(stream, rest));
    body = co_await read_to_end(stream, std::move(rest));
  }
};

ScriptedOrigin::Script playing(Responder& responder) {
  return [&responder](Loop& loop, net::ByteStream& stream, int index) {
    return responder.play(loop, stream, index);
  };
}

ScriptedOrigin::Script swallowing(Responder& responder) {
  return [&responder](Loop& loop, net::ByteStream& stream, int index) {
    return responder.swallow(loop, stream, index);
  };
}

Task<void> fetch_into(RelayFixture& fixture, http::RequestHead head, std::string body,
                      Reply& reply) {
  reply = co_await fixture.fetch(std::move(head), std::move(body));
}

Reply fetch(RelayFixture& fixture, http::RequestHead head, std::string body = {}) {
  Reply reply;
  fixture.run(fetch_into(fixture, std::move(head), std::move(body), reply));
  return reply;
}

agent::ServiceSettings with_address(const std::string& text) {
  agent::ServiceSettings settings;
  settings.address = *agent::ServiceAddress::parse(text);
  return settings;
}

agent::Policy policy_of(std::vector<std::string> permits, std::vector<std::string> denies) {
  agent::PolicyRules rules;
  for (const std::string& text : permits)
    rules.permits.push_back(*agent::Rule::parse(text));
  for (const std::string& text : denies)
    rules.denies.push_back(*agent::Rule::parse(text));
  return agent::Policy(std::move(rules));
}

/// A service behind a unix socket, as the edge describes it: at a port where nobody listens.
struct UnixOrigin {
  TemporaryDirectory directory;
  std::string path = directory.path() / "app.sock";
  RelayFixture fixture;
  Responder responder;
  ScriptedOrigin origin{fixture.loop(), playing(responder), *net::SocketAddress::unix_path(path)};

  UnixOrigin() { fixture.configure(with_address("unix:" + path)); }
};

}  // namespace

TEST_CASE("an address of the operator's: a unix socket, and its connection is used again") {
  UnixOrigin unix_origin;
  for (int i = 0; i < 2; ++i) {
    const Reply reply = fetch(unix_origin.fixture, unix_origin.fixture.request(1));
    CHECK(reply.status == 200);
    CHECK(reply.body == "ok");
  }
  CHECK(unix_origin.origin.connections() == 1);
  CHECK(unix_origin.responder.heads.at(0).find("app.internal") != std::string::npos);
}

TEST_CASE("a unix socket is no address for the policy, but the service has rules") {
  UnixOrigin unix_origin;
  unix_origin.fixture.policy().set_rules(policy_of({}, {"0.0.0.0/0"}));
  CHECK(fetch(unix_origin.fixture, unix_origin.fixture.request(1)).status == 200);
  unix_origin.fixture.policy().set_rules(
      policy_of({}, {"service:e6a0817c-79c5-40ca-9776-a1c019defe70"}));
  CHECK(fetch(unix_origin.fixture, unix_origin.fixture.request(1)).status == 403);
}

TEST_CASE("a unix socket where nobody listens") {
  const TemporaryDirectory directory;
  RelayFixture fixture;
  fixture.configure(with_address("unix:" + (directory.path() / "none").string()));
  const Reply reply = fetch(fixture, fixture.request(1));
  CHECK(reply.status == 502);
  CHECK(reply.body.find("none: No such file or directory") != std::string::npos);
}

TEST_CASE("an address of the operator's goes through the policy") {
  RelayFixture fixture;
  Responder responder;
  ScriptedOrigin origin(fixture.loop(), playing(responder));
  fixture.configure(with_address("127.0.0.1:" + std::to_string(origin.port())));
  CHECK(fetch(fixture, fixture.request(1)).status == 200);
  // The next request is judged by the rules that came in between.
  fixture.policy().set_rules(policy_of({}, {}));
  const Reply refused = fetch(fixture, fixture.request(1));
  CHECK(refused.status == 502);
  CHECK(refused.fields.find("proxy-status")->find("destination_ip_prohibited") !=
        std::string_view::npos);
  CHECK(responder.heads.size() == 1);
}

TEST_CASE("a host of the operator's is what the origin sees") {
  RelayFixture fixture;
  Responder responder;
  ScriptedOrigin origin(fixture.loop(), playing(responder));
  agent::ServiceSettings settings;
  settings.host = "other.internal:81";
  fixture.configure(settings);
  CHECK(fetch(fixture, fixture.request(origin.port())).status == 200);
  CHECK(responder.heads.at(0).find("host: other.internal:81\r\n") != std::string::npos);
  CHECK(responder.heads.at(0).find("app.internal") == std::string::npos);
}

TEST_CASE("a body that announces more than the service takes is refused before anything is sent") {
  RelayFixture fixture;
  Responder responder;
  ScriptedOrigin origin(fixture.loop(), playing(responder));
  agent::ServiceSettings settings;
  settings.request_body = 10;
  fixture.configure(settings);
  http::RequestHead head = fixture.request(origin.port(), "POST");
  head.fields.add("content-length", "11");
  const Reply reply = fetch(fixture, std::move(head), "hello world");
  CHECK(reply.status == 413);
  CHECK(reply.body.find("request_body_limit") != std::string::npos);
  CHECK(reply.fields.find("tunnel-retry").has_value());
  CHECK(origin.connections() == 0);

  http::RequestHead fits = fixture.request(origin.port(), "POST");
  fits.fields.add("content-length", "10");
  CHECK(fetch(fixture, std::move(fits), "hello worl").status == 200);
}

TEST_CASE("a body of unknown length is cut at the limit, and never looks complete") {
  RelayFixture fixture;
  Responder responder;
  ScriptedOrigin origin(fixture.loop(), swallowing(responder));
  agent::ServiceSettings settings;
  settings.request_body = 100'000;
  fixture.configure(settings);
  const Reply reply =
      fetch(fixture, fixture.request(origin.port(), "POST"), std::string(100'001, 'x'));
  CHECK(reply.status == 413);
  CHECK_FALSE(reply.fields.find("tunnel-retry").has_value());
  CHECK(responder.heads.size() == 1);
  CHECK(responder.body.find("\r\n0\r\n\r\n") == std::string::npos);
}

TEST_CASE("a body of unknown length that just fits passes") {
  RelayFixture fixture;
  Responder responder;
  ScriptedOrigin origin(fixture.loop(), playing(responder));
  agent::ServiceSettings settings;
  settings.request_body = 5;
  fixture.configure(settings);
  CHECK(fetch(fixture, fixture.request(origin.port(), "POST"), "12345").status == 200);
}
