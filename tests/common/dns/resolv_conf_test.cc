#include "common/dns/resolv_conf.h"

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::dns;
using namespace std::chrono_literals;

namespace {

std::string servers(const ResolvConf& conf) {
  return ServerSet::of(conf.settings.servers).to_string();
}

}  // namespace

TEST_CASE("nameserver lines of both families, scope and comments cut off") {
  const auto conf = ResolvConf::parse(
      "# made by hand\nsearch corp.internal\n"
      "nameserver 10.0.0.53 ; first\nnameserver\tfe80::1%eth0\n  nameserver fd00::53\r\n"
      "nameserver 10.0.0.53");
  CHECK(servers(conf) == "10.0.0.53:53,[fe80::1]:53,[fd00::53]:53");
  CHECK(conf.warnings.empty());
}

TEST_CASE("options within bounds") {
  auto conf = ResolvConf::parse(
      "nameserver 10.0.0.53\noptions timeout:2 attempts:4 rotate ndots:5 edns0\noptions use-vc");
  CHECK(conf.settings.try_every == 2s);
  CHECK(conf.settings.tries == 4);
  CHECK(conf.settings.rotate);
  CHECK(conf.settings.transport == Transport::tcp);
  conf = ResolvConf::parse("options timeout:0 attempts:99");
  CHECK(conf.settings.try_every == 1s);
  CHECK(conf.settings.tries == 5);
  conf = ResolvConf::parse("options timeout:x attempts:");
  CHECK(conf.settings.try_every == 0s);
  CHECK(conf.settings.tries == 0);
}

TEST_CASE("without a usable server it is the local one") {
  for (const char* text : {"", "nameserver\n", "nameserver dns.internal\n", "garbage \x01\n"}) {
    const auto conf = ResolvConf::parse(text);
    CHECK(servers(conf) == "127.0.0.1:53");
    CHECK(conf.fallback);
    CHECK(!conf.warnings.empty());
  }
  const auto missing = read_resolv_conf("/nonexistent/resolv.conf");
  CHECK(servers(missing) == "127.0.0.1:53");
  CHECK(missing.warnings.size() == 2);
}

TEST_CASE("more than eight servers are ignored") {
  std::string text;
  for (int i = 0; i < 20; ++i)
    text += "nameserver 10.0.0." + std::to_string(i) + "\n";
  CHECK(ResolvConf::parse(text).settings.servers.size() == 8);
}
