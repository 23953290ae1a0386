#include <string>

#include <doctest/doctest.h>

#include "tests/component/dns/fixture.h"
#include "tests/component/dns/scripts.h"

using namespace outhaul;
using namespace outhaul::testing;
using outhaul::dns::Outcome;
using outhaul::dns::Resolver;
using Request = ScriptedServer::Request;
using Messages = std::vector<ScriptedServer::Message>;

namespace {

/// One lookup of app.internal at a server with this script.
struct Once {
  Loop loop;
  ScriptedServer server;
  Resolver resolver{loop, quick_options()};
  Outcome outcome;

  explicit Once(ScriptedServer::Script script) : server(loop, "127.0.0.1", 0, std::move(script)) {
    outcome = look_up(loop, resolver, "App.Internal.", server.set());
  }
};

}  // namespace

TEST_CASE("both families are asked and come in dialling order") {
  Once once(good);
  CHECK(!once.outcome.error);
  CHECK(addresses(once.outcome) == "fd00::1 10.0.0.1");
  CHECK(once.server.count(type_a) == 1);
  CHECK(once.server.count(type_aaaa) == 1);
  CHECK(once.server.requests().front().edns);
  REQUIRE(once.outcome.resolution.families.size() == 2);
  CHECK(once.outcome.resolution.families[0].answer.server == once.server.address());
  CHECK(once.outcome.resolution.families[0].answer.ttl_s == 60);
}

TEST_CASE("responses with a wrong id or question are ignored; the right one counts") {
  Once once([](const Request& request) {
    Request wrong_id = request;
    wrong_id.id = static_cast<std::uint16_t>(request.id + 1);
    Request wrong_question = request;
    wrong_question.name = "evil.internal";
    Request wrong_type = request;
    wrong_type.type = request.type == type_a ? type_aaaa : type_a;
    DnsMessage lie(wrong_id.id, response_flags, request.name, request.type);
    lie.a(request.name, 60, ip(request.type == type_a ? "6.6.6.6" : "fd66::6"));
    return Messages{lie.bytes(), good_answer(wrong_question).bytes(),
                    good_answer(wrong_type).bytes(), good_answer(request).bytes()};
  });
  CHECK(addresses(once.outcome) == "fd00::1 10.0.0.1");
}

TEST_CASE("nothing but wrong ids is silence") {
  Once once([](const Request& request) {
    DnsMessage lie(static_cast<std::uint16_t>(request.id ^ 0x5555), response_flags, request.name,
                   request.type);
    return Messages{lie.a(request.name, 60, ip("6.6.6.6")).bytes()};
  });
  REQUIRE(once.outcome.error);
  CHECK(once.outcome.error->kind == ErrorKind::dns_timeout);
  CHECK(once.outcome.rcode.empty());
  CHECK(once.server.count(type_a) == 3);
}

TEST_CASE("out-of-bailiwick records are ignored") {
  Once once([](const Request& request) {
    DnsMessage message = good_answer(request);
    message.a("evil.internal", 60, ip(request.type == type_a ? "6.6.6.6" : "fd66::6"));
    return Messages{message.bytes()};
  });
  CHECK(addresses(once.outcome) == "fd00::1 10.0.0.1");
}

TEST_CASE("failures have their kind and code") {
  struct Case {
    unsigned rcode;
    const char* name;
  };
  for (const Case& one : {Case{0, "NODATA"}, {2, "SERVFAIL"}, {3, "NXDOMAIN"}, {5, "REFUSED"}}) {
    CAPTURE(one.name);
    Once once(code(one.rcode));
    REQUIRE(once.outcome.error);
    CHECK(once.outcome.error->kind == ErrorKind::dns_failure);
    CHECK(once.outcome.rcode == one.name);
    CHECK(once.outcome.error->message.find(once.server.address().to_string()) != std::string::npos);
  }
}

TEST_CASE("silence is a timeout after three tries a family") {
  Once once(silent);
  REQUIRE(once.outcome.error);
  CHECK(once.outcome.error->kind == ErrorKind::dns_timeout);
  CHECK(once.server.count(type_a) == 3);
  CHECK(once.server.count(type_aaaa) == 3);
}

TEST_CASE("a truncated response is asked again over TCP") {
  Once once([](const Request& request) {
    if (request.tcp) return good(request);
    DnsMessage cut(request.id, response_flags | 0x0200, request.name, request.type);
    return Messages{cut.bytes()};
  });
  CHECK(addresses(once.outcome) == "fd00::1 10.0.0.1");
  CHECK(once.server.count(type_a) == 2);
}

TEST_CASE("fifty addresses over UDP and a 64 KiB answer over TCP") {
  for (const int count : {50, 3000}) {
    Once once([count](const Request& request) {
      DnsMessage message = respond(request);
      if (count > 50 && !request.tcp) {
        return Messages{
            DnsMessage(request.id, response_flags | 0x0200, request.name, request.type).bytes()};
      }
      for (int i = 0; i < count && request.type == type_a && message.bytes().size() < 65000; ++i)
        message.a("app.internal", 60,
                  ip("10.1." + std::to_string(i / 256) + "." + std::to_string(i % 256)));
      return Messages{message.bytes()};
    });
    CHECK(once.outcome.resolution.addresses.size() == (count == 50 ? 50 : 64));
  }
}

TEST_CASE("a CNAME loop is a failure") {
  Once once([](const Request& request) {
    DnsMessage message = respond(request);
    message.cname(request.name, 60, "b.internal").cname("b.internal", 60, request.name);
    return Messages{message.bytes()};
  });
  REQUIRE(once.outcome.error);
  CHECK(once.outcome.error->kind == ErrorKind::dns_failure);
}

TEST_CASE("garbage is a failure") {
  Once once([](const Request& request) {
    auto bytes = good_answer(request).bytes();
    bytes.resize(bytes.size() - 3);
    return Messages{bytes};
  });
  REQUIRE(once.outcome.error);
  CHECK(once.outcome.error->kind == ErrorKind::dns_failure);
}

TEST_CASE("a server that does not know EDNS is asked without it") {
  Once once([](const Request& request) { return request.edns ? code(1)(request) : good(request); });
  CHECK(addresses(once.outcome) == "fd00::1 10.0.0.1");
}

TEST_CASE("a closed port is no answer") {
  Loop loop;
  dns::ServerSet set = dns::ServerSet::system();
  {
    const ScriptedServer server(loop, "127.0.0.1", 0, silent);
    set = server.set();
  }
  Resolver resolver(loop, quick_options());
  const Outcome outcome = look_up(loop, resolver, "app.internal", set);
  REQUIRE(outcome.error);
  CHECK(outcome.error->kind == ErrorKind::dns_timeout);
  // Paced: no more queries than tries, whatever the speed of the refusals.
  CHECK(resolver.statistics()[1].servers[0].second.queries == 6);
}

TEST_CASE("what is no host name is refused without a query") {
  Loop loop;
  const ScriptedServer server(loop, "127.0.0.1", 0, good);
  Resolver resolver(loop, quick_options());
  for (const char* name : {"127.1", "a b", "", "10.0.0.1"}) {
    const Outcome outcome = look_up(loop, resolver, name, server.set());
    REQUIRE(outcome.error);
    CHECK(outcome.error->kind == ErrorKind::invalid);
  }
  CHECK(server.requests().empty());
}
