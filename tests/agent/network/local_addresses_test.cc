#include "agent/network/local_addresses.h"

#include <algorithm>
#include <string_view>

#include <doctest/doctest.h>

namespace outhaul::agent {
namespace {

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}

bool has(const std::vector<ListenEndpoint>& endpoints, std::string_view address,
         std::uint16_t port) {
  return std::ranges::any_of(endpoints, [&](const ListenEndpoint& endpoint) {
    return endpoint.address == ip(address) && endpoint.port == port;
  });
}

TEST_CASE("this machine has a loopback address") {
  CHECK(std::ranges::count(local_addresses(), ip("127.0.0.1")) == 1);
}

TEST_CASE("a listener on every address is protected on every address") {
  const std::vector<IpAddress> machine{ip("127.0.0.1"), ip("10.0.0.5"), ip("::1"), ip("fd00::5")};
  auto endpoints = listen_endpoints({{ip("0.0.0.0"), 9000}, {ip("10.0.0.5"), 9001}}, machine);
  CHECK(has(endpoints, "10.0.0.5", 9000));
  CHECK(has(endpoints, "10.0.0.5", 9001));
  CHECK_FALSE(has(endpoints, "fd00::5", 9000));
  CHECK_FALSE(has(endpoints, "127.0.0.1", 9001));
  endpoints = listen_endpoints({{ip("::"), 9000}}, machine);
  CHECK(has(endpoints, "10.0.0.5", 9000));
  CHECK(has(endpoints, "fd00::5", 9000));
  CHECK(listen_endpoints({net::SocketAddress::unix_path("/run/x").value()}, machine).empty());

  Policy policy;
  policy.set_protected(listen_endpoints({{ip("0.0.0.0"), 9000}}, machine), {});
  const AddressUse use{.service_id = {}, .hostname = {}};
  REQUIRE(policy.check_address(ip("10.0.0.5"), 9000, use));
  CHECK(policy.check_address(ip("10.0.0.5"), 9000, use)->kind == RefusalKind::own_listener);
  CHECK_FALSE(policy.check_address(ip("10.0.0.5"), 9001, use));
  CHECK_FALSE(policy.check_address(ip("10.0.0.6"), 9000, use));
}

}  // namespace
}  // namespace outhaul::agent
