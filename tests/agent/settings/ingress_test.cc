#include "agent/settings/ingress.h"

#include <doctest/doctest.h>

#include "agent/option_table.h"
#include "agent/options.h"
#include "common/options/configuration_file.h"
#include "common/options/resolve.h"

namespace outhaul::agent {
namespace {

constexpr std::string_view tunnel = "6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11";

/// What `outhaul run` makes of a configuration file.
struct Reading {
  options::Problems problems;
  AgentOptions options;
};

Reading read(std::string_view text) {
  static const options::Program program = agent_program();
  Reading reading;
  const options::ConfigurationFile file =
      options::parse_configuration(program, "f", text, reading.problems);
  options::GivenValues given;
  given.file = file.values;
  given.flags["tunnel-id"] = {std::string(tunnel)};
  const options::Resolution resolution =
      options::resolve_all(options::find_command(program, "run")->options, {}, given);
  reading.options = read_run_options(resolution.values, file, reading.problems);
  return reading;
}

IngressEntry entry(std::string host, std::string path = "/") {
  IngressEntry made;
  made.below_host = host.starts_with("*.");
  made.host = made.below_host ? host.substr(2) : host;
  made.path = std::move(path);
  return made;
}

TEST_CASE("hosts") {
  const IngressEntry exact = entry("app.example");
  CHECK(exact.matches("app.example", "/"));
  CHECK(exact.matches("APP.Example", "/"));
  CHECK_FALSE(exact.matches("x.app.example", "/"));
  CHECK_FALSE(exact.matches("xapp.example", "/"));
  CHECK_FALSE(exact.matches("", "/"));
  const IngressEntry below = entry("*.example");
  CHECK(below.matches("a.example", "/"));
  CHECK(below.matches("b.a.EXAMPLE", "/"));
  CHECK_FALSE(below.matches("example", "/"));
  CHECK_FALSE(below.matches(".example", "/"));
  CHECK_FALSE(below.matches("aexample", "/"));
  CHECK(entry("").matches("anything", "/"));
  CHECK(entry("").matches("", "/"));
}

TEST_CASE("paths are matched up to a slash, a query or their end") {
  const IngressEntry api = entry("", "/api");
  CHECK(api.matches("", "/api"));
  CHECK(api.matches("", "/api/"));
  CHECK(api.matches("", "/api/x"));
  CHECK(api.matches("", "/api?x"));
  CHECK_FALSE(api.matches("", "/apix"));
  CHECK_FALSE(api.matches("", "/ap"));
  CHECK_FALSE(api.matches("", "/API"));
  const IngressEntry below = entry("", "/api/");
  CHECK(below.matches("", "/api/x"));
  CHECK_FALSE(below.matches("", "/api"));
  CHECK(entry("", "/").matches("", "/x"));
  CHECK_FALSE(entry("", "/").matches("", "*"));
}

TEST_CASE("what an entry leaves for those behind it") {
  CHECK(entry("").covers(entry("a.example", "/x")));
  CHECK(entry("*.example").covers(entry("a.example")));
  CHECK(entry("*.example").covers(entry("*.a.example")));
  CHECK(entry("*.example").covers(entry("*.example")));
  CHECK(entry("a.example", "/x").covers(entry("a.example", "/x/y")));
  CHECK_FALSE(entry("*.example").covers(entry("example")));
  CHECK_FALSE(entry("*.a.example").covers(entry("*.example")));
  CHECK_FALSE(entry("a.example").covers(entry("*.a.example")));
  CHECK_FALSE(entry("a.example").covers(entry("")));
  CHECK_FALSE(entry("", "/x").covers(entry("a.example")));
  CHECK_FALSE(entry("", "/x").covers(entry("a.example", "/xy")));
}

TEST_CASE("an entry becomes what an edge would have sent") {
  const Reading reading = read(R"(
[[ingress]]
host = "*.Example.net"
path = "/api"
service = "api"
scheme = "https"
tls_verify = "verify_ca"
[[ingress]]
service = "e6a0817c-79c5-40ca-9776-a1c019defe70"
[service.api]
address = "api.internal:8443"
[service."e6a0817c-79c5-40ca-9776-a1c019defe70"]
address = "[fd00::1]:80"
)");
  REQUIRE(reading.problems.empty());
  REQUIRE(reading.options.ingress.size() == 2);
  const IngressEntry& api = reading.options.ingress[0];
  CHECK(api.host == "example.net");
  CHECK(api.below_host);
  CHECK(api.descriptor.scheme == tunnel::ServiceScheme::https);
  CHECK(api.descriptor.tls == tunnel::TlsVerification::verify_ca);
  CHECK(api.descriptor.hostname == "api.internal");
  CHECK(api.descriptor.port == 8443);
  const IngressEntry& rest = reading.options.ingress[1];
  CHECK(rest.descriptor.id.to_string() == "e6a0817c-79c5-40ca-9776-a1c019defe70");
  REQUIRE(rest.descriptor.ipv6.has_value());
  CHECK(rest.descriptor.ipv6->text == "fd00::1");
  for (const IngressEntry& each : reading.options.ingress) {
    CHECK(each.descriptor.net.to_string() == outhaul::agent::tunnel);
    CHECK(tunnel::check_descriptor(each.descriptor).has_value());
  }
  // The section of the name belongs to the id that the name got.
  const auto settings = reading.options.configured_services;
  REQUIRE(settings.size() == 3);
  CHECK(settings[1].service == api.descriptor.id);
}

TEST_CASE("a service at a unix socket has a descriptor as well") {
  const Reading reading =
      read("[[ingress]]\nservice = \"app\"\n[service.app]\naddress = \"unix:/run/app.sock\"\n");
  REQUIRE(reading.problems.empty());
  CHECK(tunnel::check_descriptor(reading.options.ingress.at(0).descriptor).has_value());
}

TEST_CASE("the id of a name is the same at every start, and another in another tunnel") {
  const auto id = [](std::string_view tunnel_id) {
    options::FileSection section;
    section.values["service"].texts = {"web"};
    return services_of_ingress({section}, Uuid::parse(tunnel_id).value()).at("web").to_string();
  };
  CHECK(id(tunnel) == id(tunnel));
  CHECK(id(tunnel) != id("0191dce4-9ab4-7fce-b660-8e5dec5172da"));
  CHECK(id(tunnel).at(14) == '8');
}

}  // namespace
}  // namespace outhaul::agent
