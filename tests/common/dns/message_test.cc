#include "common/dns/message.h"

#include <span>
#include <string>

#include <doctest/doctest.h>

#include "common/dns/resolver_limits.h"
#include "tests/support/dns_message.h"

using namespace outhaul;
using namespace outhaul::dns;
using outhaul::testing::DnsMessage;

namespace {

constexpr std::uint16_t response = 0x8180;
constexpr std::uint16_t nxdomain = 0x8183;

const Question question{"app.internal", RecordType::a};

IpAddress ip(const char* text) {
  return *IpAddress::parse(text);
}

DnsMessage reply(std::uint16_t flags = response, std::string_view name = "app.internal") {
  return {1, flags, name, 1};
}

Result<Answer> read(DnsMessage& message) {
  return read_reply(std::as_bytes(std::span(message.bytes())), question);
}

}  // namespace

TEST_CASE("addresses come with their TTL") {
  auto message = reply();
  message.a("APP.internal", 60, ip("10.0.0.1")).a("app.internal", 30, ip("10.0.0.2"));
  const auto answer = read(message);
  REQUIRE(answer);
  CHECK(answer->kind == AnswerKind::records);
  CHECK(answer->addresses == std::vector<Address>{{ip("10.0.0.1"), 60}, {ip("10.0.0.2"), 30}});
  CHECK(answer->ttl_s == 30);
  CHECK(answer->chain.empty());
}

TEST_CASE("CNAME records are followed in any order and limit the TTL") {
  auto message = reply();
  message.a("c.internal", 60, ip("10.0.0.1"))
      .cname("b.internal", 5, "c.internal")
      .cname("app.internal", 300, "b.internal");
  const auto answer = read(message);
  REQUIRE(answer);
  CHECK(answer->chain == std::vector<std::string>{"b.internal", "c.internal"});
  CHECK(answer->ttl_s == 5);
  CHECK(answer->addresses.size() == 1);
}

TEST_CASE("records of other names and types are ignored") {
  auto message = reply();
  message.a("evil.internal", 60, ip("6.6.6.6"))
      .a("app.internal", 60, ip("fd00::1"))
      .a("app.internal", 60, ip("10.0.0.1"))
      .a("app.internal", 60, ip("10.0.0.1"));
  const auto answer = read(message);
  REQUIRE(answer);
  CHECK(answer->addresses == std::vector<Address>{{ip("10.0.0.1"), 60}});

  auto only_others = reply();
  only_others.a("evil.internal", 60, ip("6.6.6.6"));
  CHECK(read(only_others)->kind == AnswerKind::no_address);
}

TEST_CASE("CNAME loops and long chains are errors") {
  auto loop = reply();
  loop.cname("app.internal", 60, "b.internal").cname("b.internal", 60, "app.internal");
  REQUIRE(!read(loop));
  CHECK(read(loop).error().kind == ErrorKind::protocol);

  for (const std::size_t steps : {max_chain, max_chain + 1}) {
    auto chain = reply();
    std::string owner = "app.internal";
    for (std::size_t i = 0; i < steps; ++i) {
      const std::string target = "n" + std::to_string(i) + ".internal";
      chain.cname(owner, 60, target);
      owner = target;
    }
    chain.a(owner, 60, ip("10.0.0.1"));
    CHECK(read(chain).has_value() == (steps == max_chain));
  }
}

TEST_CASE("negative answers take their TTL from the SOA record") {
  auto none = reply(nxdomain);
  none.soa("internal", 60, 20);
  auto answer = read(none);
  REQUIRE(answer);
  CHECK(answer->kind == AnswerKind::no_name);
  CHECK(answer->rcode == "NXDOMAIN");
  CHECK(answer->ttl_known);
  CHECK(answer->ttl_s == 20);

  auto empty = reply();
  answer = read(empty);
  REQUIRE(answer);
  CHECK(answer->kind == AnswerKind::no_address);
  CHECK(answer->rcode == "NODATA");
  CHECK(!answer->ttl_known);
}

TEST_CASE("failure codes have names") {
  for (const auto& [code, name] :
       {std::pair{1, "FORMERR"}, {2, "SERVFAIL"}, {4, "NOTIMP"}, {5, "REFUSED"}, {9, "RCODE9"}}) {
    auto message = reply(static_cast<std::uint16_t>(0x8180 | code));
    const auto answer = read(message);
    REQUIRE(answer);
    CHECK(answer->kind == AnswerKind::failure);
    CHECK(answer->rcode == name);
  }
}

TEST_CASE("messages that do not answer the question are errors") {
  auto other = reply(response, "other.internal");
  CHECK(!read(other));
  auto query = reply(0x0100);
  CHECK(!read(query));
  auto truncated = reply(0x8380);
  CHECK(!read(truncated));
}

TEST_CASE("a message cut anywhere is an error, and is never read past its end") {
  auto message = reply();
  message.cname("app.internal", 60, "b.internal").a("b.internal", 60, ip("10.0.0.1"));
  const auto whole = message.bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<unsigned char> part(whole.begin(),
                                          whole.begin() + static_cast<std::ptrdiff_t>(size));
    CAPTURE(size);
    CHECK(!read_reply(std::as_bytes(std::span(part)), question));
  }
}

TEST_CASE("no more than 64 addresses are taken") {
  auto message = reply();
  for (int i = 0; i < 4000; ++i) {
    in_addr v4{static_cast<in_addr_t>(i)};
    message.a("app.internal", 60, IpAddress::from(v4));
  }
  CHECK(read(message)->addresses.size() == max_addresses);
}

TEST_CASE("TTLs with the top bit set are zero") {
  auto message = reply();
  message.a("app.internal", 0xffffffff, ip("10.0.0.1"));
  CHECK(read(message)->ttl_s == 0);
}

TEST_CASE("queries carry id, question and EDNS size") {
  const auto with = build_query(question, 0x1234, Edns::on);
  const auto without = build_query(question, 0x1234, Edns::off);
  REQUIRE(with);
  REQUIRE(without);
  CHECK((*with)[0] == 0x12);
  CHECK((*with)[1] == 0x34);
  CHECK(without->size() == 12 + question.name.size() + 2 + 4);
  CHECK(with->size() == without->size() + 11);
}

TEST_CASE("SRV records of the name asked, with what they say") {
  const Question service{"_http._tcp.app.internal", RecordType::srv};
  const auto read_service = [&service](DnsMessage& message) {
    return read_reply(std::as_bytes(std::span(message.bytes())), service);
  };
  DnsMessage message(1, response, service.name, 33);
  message.srv(service.name, 60, {10, 5, 8080}, "Node1.internal")
      .srv("_other._tcp.app.internal", 1, {0, 0, 1}, "evil.internal")
      .srv(service.name, 30, {20, 0, 81}, "")
      .srv(service.name, 20, {0, 0, 0}, "port-zero.internal")
      .srv(service.name, 20, {0, 0, 80}, "1.2.3.4");
  const auto answer = read_service(message);
  REQUIRE(answer);
  CHECK(answer->kind == AnswerKind::records);
  CHECK(answer->services ==
        std::vector<ServiceRecord>{{10, 5, 8080, "node1.internal", 60}, {20, 0, 81, "", 30}});
  CHECK(answer->ttl_s == 30);

  DnsMessage none(1, response, service.name, 33);
  none.soa("internal", 60, 7);
  CHECK(read_service(none)->kind == AnswerKind::no_address);

  DnsMessage many(1, response, service.name, 33);
  for (std::uint16_t i = 0; i < 100; ++i)
    many.srv(service.name, 60, {i, 0, 80}, "node.internal");
  CHECK(read_service(many)->services.size() == max_services);

  DnsMessage cut(1, response, service.name, 33);
  cut.srv(service.name, 60, {1, 2, 3}, "node.internal");
  cut.bytes().resize(cut.bytes().size() - 3);
  CHECK_FALSE(read_service(cut));
}

TEST_CASE("a question for SRV is built like the others") {
  const auto query = build_query({"_http._tcp.app.internal", RecordType::srv}, 7, Edns::on);
  REQUIRE(query);
  const std::string text(query->begin(), query->end());
  CHECK(text.find(std::string("\5_http\4_tcp\3app\10internal\0\0\41\0\1", 30)) !=
        std::string::npos);
}
