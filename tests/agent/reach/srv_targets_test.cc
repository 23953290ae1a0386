#include "agent/reach/srv_targets.h"

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::agent;

namespace {

dns::ServiceTarget target(std::string name, std::uint16_t priority) {
  dns::ServiceTarget made;
  made.record.target = std::move(name);
  made.record.priority = priority;
  made.record.port = 7844;
  return made;
}

/// The names of a, b (priority 1) and c, d (priority 2) in the order to try them.
std::string order(const SrvPreferences& preferences) {
  std::vector<dns::ServiceTarget> targets{target("a", 1), target("b", 1), target("c", 2),
                                          target("d", 2)};
  order_targets(targets, preferences);
  std::string names;
  for (const dns::ServiceTarget& each : targets)
    names += each.record.target;
  return names;
}

}  // namespace

TEST_CASE("the drawn order stays, but for what failed and what is crowded") {
  CHECK(order({}) == "abcd");
  CHECK(order({.failed = "a:7844", .crowded = {}}) == "bcda");
  CHECK(order({.failed = {}, .crowded = "a:7844"}) == "bacd");
  CHECK(order({.failed = {}, .crowded = "c:7844"}) == "abdc");
  CHECK(order({.failed = "b:7844", .crowded = "a:7844"}) == "acdb");
  CHECK(order({.failed = "a:443", .crowded = "z:7844"}) == "abcd");
}

TEST_CASE("DNS does not choose the name that is verified") {
  const std::string domain = "example.net";
  CHECK(name_to_verify("edge.example.net", domain, EdgeTrust::authorities) == "edge.example.net");
  CHECK(name_to_verify("example.net", domain, EdgeTrust::authorities) == "example.net");
  CHECK(name_to_verify("edge.evil.org", domain, EdgeTrust::authorities) == "example.net");
  CHECK(name_to_verify("evilexample.net", domain, EdgeTrust::authorities) == "example.net");
  CHECK(name_to_verify("edge.cloud.org", domain, EdgeTrust::pins) == "edge.cloud.org");
}
