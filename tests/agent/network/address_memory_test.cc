#include "agent/network/address_memory.h"

#include <set>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace outhaul::agent {
namespace {

using net::SocketAddress;
using net::Tried;
using std::chrono::seconds;

/// Ports 80; IPv6 where there is a colon.
std::vector<SocketAddress> addresses(std::initializer_list<std::string_view> texts) {
  std::vector<SocketAddress> list;
  for (const std::string_view text : texts)
    list.emplace_back(IpAddress::parse(text).value(), 80);
  return list;
}

SocketAddress one(std::string_view text) {
  return addresses({text}).front();
}

std::string joined(const std::vector<SocketAddress>& list) {
  std::string text;
  for (const SocketAddress& address : list)
    text += (text.empty() ? "" : " ") + address.ip().to_string();
  return text;
}

/// A memory whose time and luck the test decides.
struct Fixture {
  TimePoint now{};
  std::uint32_t drawn = 0;
  AddressMemory memory;

  explicit Fixture(AddressMemoryLimits limits = {})
      : memory(
            limits, [this] { return now; }, [this](std::uint32_t bound) { return drawn % bound; }) {
  }
  std::string order(std::initializer_list<std::string_view> texts,
                    OriginFamily family = OriginFamily::automatic) {
    return joined(memory.arrange(addresses(texts), family));
  }
};

TEST_CASE("families alternate, and the preference says which one begins or is left out") {
  Fixture fixture;
  const auto order = [&](OriginFamily family) {
    return fixture.order({"10.0.0.1", "10.0.0.2", "fd00::1", "fd00::2"}, family);
  };
  CHECK(order(OriginFamily::automatic) == "fd00::1 10.0.0.1 fd00::2 10.0.0.2");
  CHECK(order(OriginFamily::ipv6_first) == "fd00::1 10.0.0.1 fd00::2 10.0.0.2");
  CHECK(order(OriginFamily::ipv4_first) == "10.0.0.1 fd00::1 10.0.0.2 fd00::2");
  CHECK(order(OriginFamily::ipv4_only) == "10.0.0.1 10.0.0.2");
  CHECK(order(OriginFamily::ipv6_only) == "fd00::1 fd00::2");
  // A target that is there in one family only is used.
  CHECK(fixture.order({"fd00::1"}, OriginFamily::ipv4_only) == "fd00::1");
  CHECK(fixture.order({"fd00::1", "fd00::2"}, OriginFamily::ipv4_only) == "fd00::1 fd00::2");
}

TEST_CASE("equals take turns") {
  Fixture fixture;
  std::set<std::string> first;
  for (fixture.drawn = 0; fixture.drawn < 3; ++fixture.drawn) {
    const std::string order = fixture.order({"10.0.0.1", "10.0.0.2", "10.0.0.3"});
    first.insert(order.substr(0, order.find(' ')));
  }
  CHECK(first == std::set<std::string>{"10.0.0.1", "10.0.0.2", "10.0.0.3"});
}

TEST_CASE("an address that failed comes last until a retry finds it back") {
  for (const Tried outcome : {Tried::refused, Tried::unreachable, Tried::silent}) {
    Fixture fixture;
    fixture.memory.tried(one("10.0.0.1"), outcome);
    CHECK(fixture.memory.has_failed(one("10.0.0.1")));
    CHECK(fixture.order({"10.0.0.1", "10.0.0.2", "10.0.0.3"}) == "10.0.0.2 10.0.0.3 10.0.0.1");
    CHECK(fixture.order({"10.0.0.1"}) == "10.0.0.1");
    // The same host on another port is another matter.
    CHECK_FALSE(fixture.memory.has_failed({IpAddress::parse("10.0.0.1").value(), 81}));

    CHECK(fixture.memory.take_due(addresses({"10.0.0.1"})).empty());
    fixture.now += seconds(30);
    CHECK(fixture.order({"10.0.0.1", "10.0.0.2"}) == "10.0.0.2 10.0.0.1");
    CHECK(joined(fixture.memory.take_due(addresses({"10.0.0.2", "10.0.0.1"}))) == "10.0.0.1");
    CHECK(fixture.memory.take_due(addresses({"10.0.0.1"})).empty());
    fixture.memory.tried(one("10.0.0.1"), Tried::connected);
    CHECK(fixture.order({"10.0.0.1", "10.0.0.2"}) == "10.0.0.1 10.0.0.2");
    CHECK(fixture.memory.statistics().recovered == 1);
  }
}

TEST_CASE("the penalty doubles with each retry that fails, up to a limit") {
  Fixture fixture;
  const SocketAddress address = one("10.0.0.1");
  const auto due = [&] { return !fixture.memory.take_due({address}).empty(); };
  fixture.memory.tried(address, Tried::refused);
  // Others that find out within the time do not count.
  fixture.memory.tried(address, Tried::refused);
  for (const int penalty_s : {30, 60, 120, 240, 480, 600, 600}) {
    CAPTURE(penalty_s);
    fixture.now += seconds(penalty_s) - Duration(1);
    CHECK_FALSE(due());
    fixture.now += Duration(1);
    CHECK(due());
    fixture.memory.tried(address, Tried::refused);
  }
  fixture.memory.tried(address, Tried::connected);
  fixture.memory.tried(address, Tried::refused);
  fixture.now += seconds(30);
  CHECK(due());
}

TEST_CASE("a retry that nobody reports is made again") {
  Fixture fixture;
  fixture.memory.tried(one("10.0.0.1"), Tried::refused);
  fixture.now += seconds(30);
  CHECK(fixture.memory.take_due(addresses({"10.0.0.1"})).size() == 1);
  fixture.now += seconds(30);
  CHECK(fixture.memory.take_due(addresses({"10.0.0.1"})).size() == 1);
}

TEST_CASE("silent IPv6 puts IPv4 first for names not seen before, for a while") {
  Fixture fixture;
  fixture.memory.tried(one("fd00::1"), Tried::silent);
  CHECK(fixture.order({"fd00::9", "10.0.0.9"}) == "10.0.0.9 fd00::9");
  // Whoever says IPv6 means it.
  CHECK(fixture.order({"fd00::9", "10.0.0.9"}, OriginFamily::ipv6_first) == "fd00::9 10.0.0.9");
  fixture.now += seconds(600);
  CHECK(fixture.order({"fd00::9", "10.0.0.9"}) == "fd00::9 10.0.0.9");

  fixture.memory.tried(one("fd00::1"), Tried::silent);
  fixture.memory.tried(one("fd00::2"), Tried::connected);
  CHECK(fixture.order({"fd00::9", "10.0.0.9"}) == "fd00::9 10.0.0.9");
  // Refusing costs no time.
  fixture.memory.tried(one("fd00::1"), Tried::refused);
  CHECK(fixture.order({"fd00::9", "10.0.0.9"}) == "fd00::9 10.0.0.9");
}

TEST_CASE("the memory is bounded, and forgets what failed longest ago") {
  AddressMemoryLimits limits;
  limits.entries = 2;
  Fixture fixture(limits);
  for (const std::string_view text : {"10.0.0.1", "10.0.0.2", "10.0.0.1", "10.0.0.3"})
    fixture.memory.tried(one(text), Tried::refused);
  CHECK(fixture.memory.statistics().remembered == 2);
  CHECK(fixture.memory.has_failed(one("10.0.0.1")));
  CHECK_FALSE(fixture.memory.has_failed(one("10.0.0.2")));
  CHECK(fixture.memory.has_failed(one("10.0.0.3")));
}

TEST_CASE("outcomes are counted") {
  Fixture fixture;
  for (const Tried outcome :
       {Tried::connected, Tried::connected, Tried::refused, Tried::unreachable, Tried::silent})
    fixture.memory.tried(one("10.0.0.1"), outcome);
  const AddressStatistics statistics = fixture.memory.statistics();
  CHECK(statistics.connected == 2);
  CHECK(statistics.refused == 1);
  CHECK(statistics.unreachable == 1);
  CHECK(statistics.silent == 1);
}

}  // namespace
}  // namespace outhaul::agent
