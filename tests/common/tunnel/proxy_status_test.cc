#include "common/tunnel/proxy_status.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::tunnel;

namespace {

const Uuid tunnel_id = *Uuid::parse("6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11");

Result<ProxyStatus> parse(std::string_view line) {
  const std::array<std::string_view, 1> lines = {line};
  return ProxyStatus::parse(lines);
}

}  // namespace

TEST_CASE("an agent's own error") {
  CHECK(agent_name(tunnel_id) == "agent-6f1d0a5e");
  ProxyStatus status;
  CHECK(status.serialize() == "");
  status.append({agent_name(tunnel_id), "dns_error", "no such name", "NXDOMAIN", {}});
  CHECK(status.serialize() ==
        "\"agent-6f1d0a5e\";error=dns_error;rcode=\"NXDOMAIN\";details=\"no such name\"");
}

TEST_CASE("a passed-on response keeps the origin's members before our own") {
  const std::array<std::string_view, 2> lines = {"cache; fwd=miss; next-hop=\"10.0.0.5\"",
                                                 "\"lb\";error=http_protocol_error;x=1.5"};
  auto status = ProxyStatus::parse(lines);
  REQUIRE(status);
  CHECK(status->size() == 2);
  status->append({agent_name(tunnel_id), "", "", "", 200});
  CHECK(status->serialize() ==
        "cache;fwd=miss;next-hop=\"10.0.0.5\", \"lb\";error=http_protocol_error;x=1.5, "
        "\"agent-6f1d0a5e\";received-status=200");
}

TEST_CASE("only lists of names parse") {
  CHECK(parse("")->empty());
  CHECK(parse("a, b"));
  for (const char* bad : {"a,", "(a b)", "5", "a, ?1", "\"open", "a;error=", "a b", ":AAA=:"}) {
    CAPTURE(bad);
    const auto status = parse(bad);
    REQUIRE_FALSE(status);
    CHECK(status.error().message.starts_with("Proxy-Status: "));
  }
}

TEST_CASE("the edge believes the last member only, and only under the agent's name") {
  const auto good = parse(
      "\"x\";error=dns_timeout, "
      "\"agent-6f1d0a5e\";error=dns_error;rcode=\"SERVFAIL\";details=\"d\"");
  REQUIRE(good);
  const auto member = good->agent_member(tunnel_id);
  REQUIRE(member);
  CHECK(*member == ProxyStatusMember{"agent-6f1d0a5e", "dns_error", "d", "SERVFAIL", {}});

  CHECK(parse("agent-6f1d0a5e;received-status=204")->agent_member(tunnel_id)->received_status ==
        204);
  CHECK_FALSE(ProxyStatus().agent_member(tunnel_id));
  CHECK_FALSE(parse("\"agent-6f1d0a5e\";error=dns_error, origin")->agent_member(tunnel_id));
  CHECK_FALSE(parse("\"agent-00000000\";error=dns_error")->agent_member(tunnel_id));
  CHECK_FALSE(parse("\"agent-6f1d0a5e \"")->agent_member(tunnel_id));
}

TEST_CASE("parameters of a wrong type are left out") {
  const auto member = parse("agent-6f1d0a5e;error=\"dns_error\";rcode=5;received-status=99999")
                          ->agent_member(tunnel_id);
  REQUIRE(member);
  CHECK(member->error.empty());
  CHECK(member->rcode.empty());
  CHECK_FALSE(member->received_status);
}

TEST_CASE("internal details are stripped everywhere") {
  auto status = parse("a;details=\"secret\";error=dns_error, b;next-hop=host;next-protocol=h2");
  REQUIRE(status);
  status->strip_internal();
  CHECK(status->serialize() == "a;error=dns_error, b;next-protocol=h2");
}

TEST_CASE("details hold any bytes and stay bounded") {
  ProxyStatus status;
  status.append({"edge", "http_protocol_error", "a\r\nb\xc3\xbc\"\\", "", {}});
  CHECK(status.serialize() == "\"edge\";error=http_protocol_error;details=\"a??b??\\\"\\\\\"");
  ProxyStatus bounded;
  bounded.append({"edge", "", std::string(10000, 'x'), "", {}});
  CHECK(bounded.serialize().size() < 300);
}
