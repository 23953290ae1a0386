#include "common/net/socket_address.h"

#include <cstring>
#include <string>

#include <doctest/doctest.h>
#include <netinet/in.h>

using namespace outhaul;
using namespace outhaul::net;

TEST_CASE("socket addresses print as people write them") {
  CHECK(SocketAddress(*IpAddress::parse("10.0.0.5"), 80).to_string() == "10.0.0.5:80");
  CHECK(SocketAddress(*IpAddress::parse("fd00::1"), 443).to_string() == "[fd00::1]:443");
  CHECK(SocketAddress::unix_path("/run/app.sock")->to_string() == "unix:/run/app.sock");
  CHECK(SocketAddress().to_string() == "unspecified address");
}

TEST_CASE("socket addresses survive the kernel's form") {
  const SocketAddress four(*IpAddress::parse("192.0.2.1"), 65535);
  const SocketAddress six(*IpAddress::parse("2001:db8::2"), 1);
  const SocketAddress path = *SocketAddress::unix_path("/tmp/x");
  for (const SocketAddress& address : {four, six, path}) {
    sockaddr_storage storage{};
    std::memcpy(&storage, address.native(), address.native_length());
    CHECK(SocketAddress::from_native(storage, address.native_length()) == address);
  }
  CHECK(four.ip() == *IpAddress::parse("192.0.2.1"));
  CHECK(six.port() == 1);
  CHECK(path.path() == "/tmp/x");
  CHECK_FALSE(four == six);
  CHECK_FALSE(four == SocketAddress(four.ip(), 80));
}

TEST_CASE("an IPv4 peer of a dual-stack socket counts as IPv4") {
  sockaddr_in6 native{};
  native.sin6_family = AF_INET6;
  native.sin6_port = htons(8080);
  native.sin6_addr = IpAddress::parse("::ffff:10.0.0.5")->v6();
  sockaddr_storage storage{};
  std::memcpy(&storage, &native, sizeof native);
  CHECK(SocketAddress::from_native(storage, sizeof native).to_string() == "10.0.0.5:8080");
}

TEST_CASE("unix paths that the kernel cannot take are refused") {
  CHECK(SocketAddress::unix_path(std::string(107, 'a')));
  CHECK_FALSE(SocketAddress::unix_path(std::string(108, 'a')));
  CHECK_FALSE(SocketAddress::unix_path(""));
  CHECK_FALSE(SocketAddress::unix_path(std::string_view("a\0b", 3)));
}
