#include <doctest/doctest.h>

#include "tests/component/relay/relay_fixture.h"

using namespace outhaul;
using namespace outhaul::testing;

namespace {

/// Holds every request until it is told to answer.
struct Holder {
  Readiness asked;
  Readiness go;
  explicit Holder(Loop& loop) : asked(loop), go(loop) {}

  Task<void> play(Loop&, net::ByteStream& stream, int) {
    std::string rest;
    for (;;) {
      const std::string head = co_await read_head_text(stream, rest);
      if (head.empty()) co_return;
      asked.set();
      co_await go.wait();
      co_await send_text(stream, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    }
  }
};

ScriptedOrigin::Script script_of(Holder& holder) {
  return [&holder](Loop& loop, net::ByteStream& stream, int index) {
    return holder.play(loop, stream, index);
  };
}

Task<void> fetch_into(RelayFixture& fixture, http::RequestHead head, Reply& reply) {
  reply = co_await fixture.fetch(std::move(head));
}

/// One request is under way at the origin while `during` is answered.
Task<void> fetch_beside(RelayFixture& fixture, std::uint16_t port, Holder& holder, Reply& first,
                        Reply& during) {
  Scope scope(fixture.loop());
  scope.spawn(fetch_into(fixture, fixture.request(port), first));
  co_await holder.asked.wait();
  during = co_await fixture.fetch(fixture.request(port));
  holder.go.set();
  co_await scope.drained();
}

void check_refusal(const agent::ServiceSettings& settings, std::string_view option,
                   const Limits& limits = default_limits) {
  RelayFixture fixture(limits);
  fixture.configure(settings);
  Holder holder(fixture.loop());
  ScriptedOrigin origin(fixture.loop(), script_of(holder));
  Reply first;
  Reply during;
  fixture.run(fetch_beside(fixture, origin.port(), holder, first, during));
  CHECK(first.body == "ok");
  CHECK(during.status == 503);
  CHECK(during.fields.find("proxy-status")->find("error=connection_limit_reached") !=
        std::string_view::npos);
  CHECK(during.fields.contains("retry-after"));
  CHECK(during.fields.find("tunnel-retry") == "?1");
  CHECK(during.body.find(option) != std::string::npos);
  // The place is free again.
  Reply after;
  fixture.run(fetch_into(fixture, fixture.request(origin.port()), after));
  CHECK(after.body == "ok");
}

/// Asks until the answer has that status, and says with which error it came.
Task<void> fetch_until(RelayFixture& fixture, std::uint16_t port, int status, Reply& reply) {
  while (reply.status != status)
    reply = co_await fixture.fetch(fixture.request(port));
}

}  // namespace

TEST_CASE("requests over the cap of a service are refused") {
  agent::ServiceSettings settings;
  settings.requests = 1;
  check_refusal(settings, "--requests-per-service");
}

TEST_CASE("connections over the cap of a service are refused") {
  agent::ServiceSettings settings;
  settings.connections = 1;
  check_refusal(settings, "--connections-per-service");
}

TEST_CASE("an idle connection to another address makes room for a new one") {
  RelayFixture fixture;
  agent::ServiceSettings settings;
  settings.connections = 1;
  fixture.configure(settings);
  Holder holder(fixture.loop());
  holder.go.set();
  ScriptedOrigin one(fixture.loop(), script_of(holder));
  ScriptedOrigin two(fixture.loop(), script_of(holder));
  for (int i = 0; i < 3; ++i) {
    for (const ScriptedOrigin* origin : {&one, &two}) {
      Reply reply;
      fixture.run(fetch_into(fixture, fixture.request(origin->port()), reply));
      CHECK(reply.body == "ok");
      CHECK(fixture.pool().statistics().idle == 1);
    }
  }
  CHECK(one.connections() == 3);
  CHECK(fixture.pool().statistics().refused_by_cap == 0);
}

TEST_CASE("an address that refuses again and again is left alone, but probed") {
  RelayFixture fixture;
  agent::ServiceSettings settings;
  settings.circuit_failures = 2;
  fixture.configure(settings);
  Holder holder(fixture.loop());
  holder.go.set();
  std::uint16_t port = 0;
  {
    ScriptedOrigin gone(fixture.loop(), script_of(holder));
    port = gone.port();
  }
  Reply reply;
  fixture.run(fetch_until(fixture, port, 503, reply));
  CHECK(reply.fields.find("proxy-status")->find("error=destination_unavailable") !=
        std::string_view::npos);
  CHECK(reply.fields.contains("retry-after"));
  CHECK(reply.fields.find("tunnel-retry") == "?1");
  CHECK(fixture.pool().statistics().circuits_open == 1);
  fixture.run(fetch_until(fixture, port, 502, reply));  // the probe
  CHECK(reply.fields.find("proxy-status")->find("error=connection_refused") !=
        std::string_view::npos);
}
