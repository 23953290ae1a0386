#include "edge/directory/host_rules.h"

#include <string>

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::edge;

namespace {

std::string canonical(Result<std::string> result) {
  return result ? *result : "refused";
}

}  // namespace

TEST_CASE("host names") {
  CHECK(canonical(canonical_hostname("API.Internal")) == "api.internal");
  CHECK(canonical(canonical_hostname("db")) == "db");
  CHECK(canonical(canonical_hostname("xn--bcher-kva.example")) == "xn--bcher-kva.example");
  for (const std::string name : {"", "a_b", "api.internal.", "10.0.0.5", "::1", "a..b", "-a", "a-",
                                 "b\xc3\xbc", "a b", "host.80", "host.0x1f", "a\n"}) {
    CAPTURE(name);
    CHECK(canonical(canonical_hostname(name)) == "refused");
  }
  CHECK(canonical(canonical_hostname(std::string("a\0b", 3))) == "refused");
  CHECK(canonical(canonical_hostname(std::string(64, 'a'))) == "refused");
}

TEST_CASE("addresses") {
  CHECK(canonical(canonical_ipv4("10.0.0.5")) == "10.0.0.5");
  CHECK(canonical(canonical_ipv6("FD00:0:0::5")) == "fd00::5");
  for (const std::string text : {"", "10.0.0", "10.0.0.05", "10.0.0.256", "::1", "10.0.0.5:80"}) {
    CAPTURE(text);
    CHECK(canonical(canonical_ipv4(text)) == "refused");
  }
  for (const std::string text : {"", "[::1]", "fe80::1%eth0", "::ffff:10.0.0.5", "10.0.0.5"}) {
    CAPTURE(text);
    CHECK(canonical(canonical_ipv6(text)) == "refused");
  }
}

TEST_CASE("resolver addresses") {
  CHECK(canonical(canonical_resolver("10.0.0.53")) == "10.0.0.53");
  CHECK(canonical(canonical_resolver("10.0.0.53:5353")) == "10.0.0.53:5353");
  CHECK(canonical(canonical_resolver("FD00::53")) == "fd00::53");
  CHECK(canonical(canonical_resolver("[FD00::53]:5353")) == "[fd00::53]:5353");
  for (const std::string text :
       {"", ":", "dns.internal", "10.0.0.53:", "10.0.0.53:0", "10.0.0.53:65536", "10.0.0.53:053",
        "10.0.0.53:+53", "[fd00::53]", "[fd00::53]:", "[10.0.0.53]:53", "[fd00::53:53", "[]:53",
        "10.0.0.53,10.0.0.54", "::ffff:10.0.0.53", "[::ffff:10.0.0.53]:53"}) {
    CAPTURE(text);
    CHECK(canonical(canonical_resolver(text)) == "refused");
  }
}

TEST_CASE("application protocols") {
  CHECK(canonical(canonical_app_protocol("PostgreSQL")) == "postgresql");
  CHECK(canonical(canonical_app_protocol("mysql-8.0_x")) == "mysql-8.0_x");
  for (const std::string text : {"", "5mysql", "my sql", "a;b", "a\"b", "a\xc3\xa9"}) {
    CAPTURE(text);
    CHECK(canonical(canonical_app_protocol(text)) == "refused");
  }
  CHECK(canonical(canonical_app_protocol(std::string(65, 'a'))) == "refused");
}
