#include "tests/support/dnsmasq.h"

#include <doctest/doctest.h>

#include "tests/component/dns/fixture.h"

using namespace outhaul;
using namespace outhaul::testing;
using outhaul::dns::Outcome;
using outhaul::dns::Resolver;
using outhaul::dns::ServerSet;

TEST_CASE("a real server: addresses, CNAME, TTL, unknown names, large answers") {
  std::vector<std::string> records{
      "--host-record=app.internal,10.0.0.5,fd00::5,77", "--cname=www.internal,app.internal,33",
      "--host-record=four.internal,10.0.0.4", "--txt-record=text.internal,hello"};
  for (int i = 0; i < 200; ++i)
    records.push_back("--host-record=many.internal,10.2.0." + std::to_string(i));
  const Dnsmasq dnsmasq(records);
  Loop loop;
  Resolver resolver(loop, quick_options());

  Outcome outcome = look_up(loop, resolver, "app.internal", dnsmasq.set());
  CHECK(addresses(outcome) == "fd00::5 10.0.0.5");
  CHECK(outcome.resolution.addresses[0].ttl_s == 77);

  outcome = look_up(loop, resolver, "www.internal", dnsmasq.set());
  CHECK(addresses(outcome) == "fd00::5 10.0.0.5");
  CHECK(outcome.resolution.families[0].answer.chain == std::vector<std::string>{"app.internal"});
  CHECK(outcome.resolution.families[0].answer.ttl_s == 33);

  CHECK(addresses(look_up(loop, resolver, "four.internal", dnsmasq.set())) == "10.0.0.4");
  CHECK(look_up(loop, resolver, "text.internal", dnsmasq.set()).rcode == "NODATA");
  CHECK(look_up(loop, resolver, "none.internal", dnsmasq.set()).rcode == "NXDOMAIN");
  // Nothing upstream: dnsmasq refuses.
  CHECK(look_up(loop, resolver, "example.com", dnsmasq.set()).rcode == "REFUSED");
  // 200 records do not fit a datagram of 1232 bytes.
  CHECK(look_up(loop, resolver, "many.internal", dnsmasq.set()).resolution.addresses.size() == 64);
}
