#include "agent/connections/edge_finder.h"

#include <doctest/doctest.h>

#include "tests/support/run_task.h"

using namespace outhaul;
using namespace outhaul::agent;

namespace {

dns::ResolverOptions without_servers() {
  dns::ResolverOptions options;
  options.resolv_conf_path = "/nonexistent";
  return options;
}

/// Edges that are given as addresses, so that nothing has to be resolved.
struct Fixture {
  explicit Fixture(std::vector<std::string> edges, ReachOptions options = {})
      : reach(std::move(options)) {
    for (const std::string& edge : edges)
      addresses.push_back(*tunnel::EdgeAddress::parse(edge));
    finder.emplace(resolver, addresses,
                   EdgeFinder::Options{.reach = reach, .trust = EdgeTrust::pins, .found = {}});
  }

  static Task<void> find_into(EdgeFinder& finder, PortChoice choice,
                              Result<std::vector<EdgeRoute>>& found) {
    found = co_await finder.find(0, 0, choice);
  }

  /// The edges of all routes and what TCP dials for them, or the error.
  std::string find(PortChoice choice = PortChoice::remembered) {
    Result<std::vector<EdgeRoute>> found = Error{};
    outhaul::testing::run_task(loop, find_into(*finder, choice, found));
    if (!found) return found.error().message;
    std::string text;
    for (const EdgeRoute& route : *found) {
      text += (text.empty() ? "" : ", ") + route.edge.to_string() + " at ";
      for (const net::SocketAddress& address : route.addresses)
        text += address.to_string();
      for (const net::SocketAddress& address : route.behind_proxy)
        text += " for " + address.to_string();
    }
    return text;
  }

  bool served(std::uint16_t port) {
    tunnel::EdgeAddress target = addresses.front();
    target.port = port;
    return finder->served(0, 0, target);
  }

  Loop loop;
  dns::Resolver resolver{loop, without_servers()};
  ReachOptions reach;
  std::vector<tunnel::EdgeAddress> addresses;
  std::optional<EdgeFinder> finder;
};

ReachOptions through(const char* proxy) {
  ReachOptions reach;
  reach.proxy = std::make_shared<const Proxy>(*Proxy::parse(proxy));
  reach.fallback = {.port = std::nullopt};
  return reach;
}

}  // namespace

TEST_CASE("the port that worked comes first, until it is to be the edge's own") {
  Fixture fixture({"10.0.0.1:7844"});
  const std::string own = "10.0.0.1:7844 at 10.0.0.1:7844";
  const std::string other = "10.0.0.1:443 at 10.0.0.1:443";
  CHECK(fixture.find() == own + ", " + other);
  CHECK_FALSE(fixture.served(7844));
  CHECK(fixture.find() == own + ", " + other);
  CHECK(fixture.served(443));
  CHECK_FALSE(fixture.served(443));
  CHECK(fixture.find() == other + ", " + own);
  CHECK(fixture.find(PortChoice::configured) == own + ", " + other);
  CHECK(fixture.find() == own + ", " + other);
  CHECK(fixture.served(443));
  CHECK(fixture.served(7844));
}

TEST_CASE("only an edge at the default port has another one") {
  Fixture fixture({"10.0.0.1:9000"});
  CHECK(fixture.find() == "10.0.0.1:9000 at 10.0.0.1:9000");
}

TEST_CASE("with a proxy, the proxy is dialled") {
  CHECK(Fixture({"10.0.0.1:7844"}, through("http://10.9.9.9:3128")).find() ==
        "10.0.0.1:7844 at 10.9.9.9:3128");
  CHECK(Fixture({"10.0.0.1:7844"}, through("socks5h://10.9.9.9")).find() ==
        "10.0.0.1:7844 at 10.9.9.9:1080");
  CHECK(Fixture({"10.0.0.1:7844"}, through("socks5://10.9.9.9")).find() ==
        "10.0.0.1:7844 at 10.9.9.9:1080 for 10.0.0.1:7844");
  // Nobody here has to know the name.
  CHECK(Fixture({"edge.example.net:7844"}, through("http://10.9.9.9:3128")).find() ==
        "edge.example.net:7844 at 10.9.9.9:3128");
}

TEST_CASE("an address of a family that is left out") {
  ReachOptions reach;
  reach.family = OriginFamily::ipv6_only;
  CHECK(Fixture({"10.0.0.1:7844"}, reach).find().find("--edge-family") != std::string::npos);
  reach = {};
  reach.source = *net::DialSource::parse("fd00::1");
  CHECK(Fixture({"10.0.0.1:7844"}, reach).find().find("--edge-bind-address") != std::string::npos);
}
