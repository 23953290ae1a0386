#include "edge/directory/service_json.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace outhaul;
using namespace outhaul::edge;

namespace {

constexpr std::string_view kTunnel = "0191dce4-9ab4-7fce-b660-8e5dec5172da";

/// A good http service; `extra` are further members of the object.
std::string http_service(const std::string& extra = "") {
  return R"({"name":"api","type":"http","host":{"hostname":"api.internal","resolver_network":)"
         R"({"tunnel_id":"0191dce4-9ab4-7fce-b660-8e5dec5172da"}})" +
         extra + "}";
}

std::string with_host(const std::string& host) {
  return R"({"name":"api","type":"http","host":)" + host + "}";
}

/// All problems, one a line.
std::string problems(const std::string& text) {
  const ParsedService parsed = parse_service(text);
  CHECK(parsed.spec.has_value() == parsed.problems.empty());
  std::string all;
  for (const std::string& problem : parsed.problems)
    all += problem + "\n";
  return all;
}

/// That there is exactly one problem, and that it begins like this.
bool only_problem(const std::string& text, std::string_view begin) {
  const std::string all = problems(text);
  const bool fits = all.starts_with(begin) && std::count(all.begin(), all.end(), '\n') == 1;
  if (!fits) MESSAGE(all);
  return fits;
}

}  // namespace

TEST_CASE("a service by name comes back as it went in") {
  const ParsedService parsed = parse_service(
      R"({"name":"api","type":"http","http_port":8080,"https_port":8443,"host":{
          "hostname":"API.internal","resolver_network":{
          "tunnel_id":"0191DCE4-9ab4-7fce-b660-8e5dec5172da",
          "resolver_ips":["10.0.0.53","[FD00::53]:5353"]}},
          "tls_settings":{"cert_verification_mode":"verify_ca"}})");
  REQUIRE(parsed.problems.empty());
  const ServiceSpec& spec = *parsed.spec;
  CHECK(spec.name == "api");
  CHECK(spec.type == ServiceType::http);
  CHECK(spec.http_port == 8080);
  CHECK(spec.https_port == 8443);
  CHECK_FALSE(spec.tcp_port);
  CHECK(spec.host.hostname == "api.internal");
  CHECK(spec.tunnel_id.to_string() == kTunnel);
  CHECK(spec.tls == TlsVerification::verify_ca);

  const auto id = *parse_id("e6a0817c-79c5-40ca-9776-a1c019defe70");
  const Timestamp created(std::chrono::milliseconds(1000));
  const std::string json = service_to_json({id, spec, created, created});
  CHECK(json ==
        R"({"service_id":"e6a0817c-79c5-40ca-9776-a1c019defe70","name":"api","type":"http",)"
        R"("http_port":8080,"https_port":8443,"host":{"hostname":"api.internal",)"
        R"("resolver_network":{"tunnel_id":"0191dce4-9ab4-7fce-b660-8e5dec5172da",)"
        R"("resolver_ips":["10.0.0.53","[fd00::53]:5353"]}},)"
        R"("tls_settings":{"cert_verification_mode":"verify_ca"},)"
        R"("created_at":"1970-01-01T00:00:01.000Z","updated_at":"1970-01-01T00:00:01.000Z"})");
  // What we answer can be sent back.
  CHECK(problems(json) == "");
}

TEST_CASE("a tcp service by address comes back as it went in") {
  const ParsedService parsed = parse_service(
      R"({"name":"db","type":"tcp","tcp_port":5432,"app_protocol":"postgresql","http_port":null,
          "host":{"ipv4":"10.0.0.5","ipv6":"FD00:0::5","hostname":null,
          "network":{"tunnel_id":"0191dce4-9ab4-7fce-b660-8e5dec5172da"}},"tls_settings":null})");
  REQUIRE(parsed.problems.empty());
  CHECK(parsed.spec->host.ipv4 == "10.0.0.5");
  CHECK(parsed.spec->host.ipv6 == "fd00::5");
  CHECK(parsed.spec->tcp_port == 5432);
  CHECK(parsed.spec->app_protocol == "postgresql");
  CHECK_FALSE(parsed.spec->tls);
  const std::string json = service_to_json({Uuid(), *parsed.spec, Timestamp{}, Timestamp{}});
  CHECK(json.find(R"("host":{"ipv4":"10.0.0.5","ipv6":"fd00::5","network":{"tunnel_id":)") !=
        std::string::npos);
  CHECK(json.find(R"("tls_settings":null)") != std::string::npos);
  CHECK(problems(json) == "");
}

TEST_CASE("syntax errors name line and column") {
  CHECK(problems("{\n  \"name\": api\n}") ==
        "JSON syntax error at line 2, column 11: unexpected character; correct it\n");
  CHECK(problems("{\"name\": \"api\"") ==
        "JSON syntax error at line 1, column 15: the text ends too early; complete it\n");
  CHECK(problems("").starts_with("JSON syntax error at line 1, column 1: the text ends"));
  CHECK(problems("\xff\xfe{}").starts_with("JSON syntax error at line 1"));
  CHECK(problems("{\"name\":\"a\xff\"}").starts_with("JSON syntax error at line 1, column 11"));
  CHECK(problems("{} x").starts_with("JSON syntax error at line 1, column 4"));
  CHECK(problems("[]") == "the JSON text must be an object: { ... }\n");
  CHECK(problems("null") == "the JSON text must be an object: { ... }\n");
  CHECK(problems(std::string(60000, '[')).starts_with("JSON syntax error"));
  CHECK(problems(http_service(R"(,"http_port":1e999)")) ==
        "a JSON number is out of range; correct it\n");
  CHECK(problems(http_service(R"(,"name":"b")")) ==
        "JSON key \"name\" stands twice in one object; keep one\n");
}

TEST_CASE("every wrong field is named, with the fix") {
  CHECK(problems(http_service()) == "");
  CHECK(only_problem(http_service(R"(,"http_port":"80")"), "http_port: must be an integer"));
  for (const std::string port :
       {"0", "65536", "-1", "80.0", "true", "[80]", "99999999999999999999"}) {
    CAPTURE(port);
    CHECK(only_problem(http_service(",\"https_port\":" + port), "https_port: must be an integer"));
  }
  CHECK(only_problem(http_service(R"(,"tcp_port":5432)"), "tcp_port: only for type tcp"));
  CHECK(
      only_problem(http_service(R"(,"app_protocol":"mysql")"), "app_protocol: only for type tcp"));
  CHECK(only_problem(http_service(R"(,"http_prot":80)"),
                     "http_prot: unknown key; did you mean \"http_port\"?"));
  CHECK(only_problem(http_service(R"(,"colour":1)"), "colour: unknown key; remove it (known:"));
  CHECK(only_problem(http_service(",\"" + std::string(5000, 'k') + "\":1)"), ""));
  CHECK(only_problem(http_service(R"(,"a\u0000\nb":1)"), "a??b: unknown key"));
  CHECK(only_problem(http_service(R"(,"tls_settings":"verify_ca")"),
                     "tls_settings: must be an object"));
  CHECK(only_problem(http_service(R"(,"tls_settings":{"cert_verification_mode":"none"})"),
                     "tls_settings.cert_verification_mode: must be \"verify_full\""));
  CHECK(only_problem(http_service(R"(,"tls_settings":{"cert_verification":"disabled"})"),
                     "tls_settings.cert_verification: unknown key"));
  CHECK(only_problem(http_service(R"(,"tls_settings":{"certificate_authority":"x"})"),
                     "tls_settings.certificate_authority: not supported"));
  CHECK(only_problem(R"({"name":"db","type":"tcp","host":{"ipv4":"10.0.0.5","network":)"
                     R"({"tunnel_id":"0191dce4-9ab4-7fce-b660-8e5dec5172da"}}})",
                     "tcp_port: missing"));
}

TEST_CASE("every wrong host is named, with the fix") {
  CHECK(only_problem(with_host("\"api.internal\""), "host: must be an object"));
  CHECK(only_problem(with_host("{}"), "host: needs one of hostname"));
  CHECK(only_problem(with_host(R"({"hostname":"a.b"})"), "host.resolver_network: missing"));
  CHECK(only_problem(with_host(R"({"ipv4":"10.0.0.5"})"), "host.network: missing"));
  CHECK(only_problem(with_host(R"({"hostname":"a.b","resolver_network":{}})"),
                     "host.resolver_network.tunnel_id: missing"));
  CHECK(only_problem(with_host(R"({"hostname":"a.b","resolver_network":{"tunnel_id":"t1"}})"),
                     "host.resolver_network.tunnel_id: must be a tunnel's id"));
  CHECK(only_problem(with_host(R"({"hostname":"a.b","resolver_network":{"tunnel_id":7}})"),
                     "host.resolver_network.tunnel_id: must be a string"));
  const std::string network = R"("network":{"tunnel_id":"0191dce4-9ab4-7fce-b660-8e5dec5172da"}})";
  CHECK(
      only_problem(with_host(R"({"ipv4":"10.0.0.256",)" + network), "host.ipv4: must be an IPv4"));
  CHECK(only_problem(with_host(R"({"ipv6":"[::1]",)" + network), "host.ipv6: must be an IPv6"));
  CHECK(only_problem(with_host(R"({"ipv4":"","ipv6":"::1",)" + network), "host.ipv4: "));
  const std::string resolver =
      R"("resolver_network":{"tunnel_id":"0191dce4-9ab4-7fce-b660-8e5dec5172da")";
  CHECK(only_problem(with_host(R"({"hostname":"10.0.0.5",)" + resolver + "}}"),
                     "host.hostname: is an IP address"));
  CHECK(only_problem(with_host(R"({"hostname":"a_b",)" + resolver + "}}"), "host.hostname: "));
  CHECK(only_problem(with_host(R"({"hostname":"a","ipv4":"10.0.0.5",)" + resolver + "}}"),
                     "host.ipv4: not together with hostname"));
  for (const std::string list : {"[]", R"(["::1","::2","::3","::4","::5"])"}) {
    CHECK(only_problem(
        with_host(R"({"hostname":"a",)" + resolver + ",\"resolver_ips\":" + list + "}}"),
        "host.resolver_network.resolver_ips: must have 1 to 4"));
  }
  CHECK(only_problem(
      with_host(R"({"hostname":"a",)" + resolver + R"(,"resolver_ips":["::1","dns"]}})"),
      "host.resolver_network.resolver_ips[1]: must be \"ip\""));
  CHECK(only_problem(with_host(R"({"hostname":"a",)" + resolver + R"(,"resolver_ips":[53]}})"),
                     "host.resolver_network.resolver_ips[0]: must be a string"));
  CHECK(only_problem(with_host(R"({"hostname":"a",)" + resolver + R"(,"resolver_ips":"::1"}})"),
                     "host.resolver_network.resolver_ips: must be an array"));
}

TEST_CASE("all problems of one text are collected") {
  const std::string all =
      problems(R"({"nmae":"x","type":"udp","http_port":0,"host":{"hostname":"a_b","network":{}}})");
  CHECK(all.find("nmae: unknown key; did you mean \"name\"?\n") != std::string::npos);
  CHECK(all.find("name: missing") != std::string::npos);
  CHECK(all.find("type: must be \"http\" or \"tcp\"") != std::string::npos);
  CHECK(all.find("http_port: ") != std::string::npos);
  CHECK(all.find("host.hostname: ") != std::string::npos);
  CHECK(all.find("host.network: only with ipv4 or ipv6") != std::string::npos);
  CHECK(all.find("host.resolver_network: missing") != std::string::npos);
  CHECK(std::count(all.begin(), all.end(), '\n') == 7);

  const std::string empty = problems("{}");
  CHECK(empty.find("name: missing") != std::string::npos);
  CHECK(empty.find("type: missing") != std::string::npos);
  CHECK(empty.find("host: missing") != std::string::npos);
}
