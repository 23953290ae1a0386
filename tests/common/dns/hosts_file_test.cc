#include "common/dns/hosts_file.h"

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::dns;

TEST_CASE("names and aliases of a hosts file") {
  const auto hosts = HostsFile::parse(
      "127.0.0.1 localhost\n::1 localhost ip6-localhost # comment\n"
      "10.0.0.5\tApp.Internal app\nnonsense here\n10.0.0.6\n10.0.0.5 app");
  REQUIRE(hosts.find("localhost") != nullptr);
  CHECK(hosts.find("localhost")->size() == 2);
  REQUIRE(hosts.find("app.internal") != nullptr);
  CHECK(hosts.find("app")->size() == 1);
  CHECK(hosts.find("here") == nullptr);
  CHECK(hosts.find("comment") == nullptr);
  CHECK(hosts.size() == 4);
}
