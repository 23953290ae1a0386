#include "agent/diagnose/diagnosis_options.h"

#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "agent/option_table.h"
#include "common/options/command_line.h"
#include "tests/support/temporary_directory.h"

namespace outhaul::agent {
namespace {

using Words = std::vector<std::string>;

Result<DiagnosisOptions> read(const Words& words) {
  const options::Program program = agent_program();
  const auto line = options::parse_command_line(program, words, {});
  if (const auto* finish = std::get_if<options::Finish>(&line)) {
    return Error{ErrorKind::invalid, finish->error_text};
  }
  const auto& invocation = std::get<options::Invocation>(line);
  const std::string& argument = invocation.positionals.at(0);
  if (words.front() == "resolve") return read_resolve_options(invocation.values, argument);
  auto result = read_check_options(invocation.values, argument);
  options::Problems problems;
  if (result) read_service_of_check(program, invocation, *result, problems);
  if (!problems.empty()) return Error{ErrorKind::invalid, problems.front().message};
  return result;
}

Result<DiagnosisOptions> check(Words words) {
  words.insert(words.begin(), {"check", "service"});
  return read(words);
}

std::string failure(const Result<DiagnosisOptions>& result) {
  REQUIRE_FALSE(result);
  return result.error().message;
}

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

TEST_CASE("a name, an address and their ports") {
  auto options = read({"resolve", "API.Internal"});
  REQUIRE(options);
  CHECK(options->service.hostname == "api.internal");
  CHECK(options->service.port == 80);
  CHECK_FALSE(options->json);
  options = read({"resolve", "api.internal:8080", "--json"});
  REQUIRE(options);
  CHECK(options->service.port == 8080);
  CHECK(options->json);
  options = read({"resolve", "fd00::1"});
  REQUIRE(options);
  CHECK(options->service.ipv6->text == "fd00::1");
  options = check({"[fd00::1]:81"});
  REQUIRE(options);
  CHECK(options->service.ipv6->text == "fd00::1");
  CHECK(options->service.port == 81);
  options = check({"10.0.0.5:82"});
  REQUIRE(options);
  CHECK(options->service.ipv4->text == "10.0.0.5");
}

TEST_CASE("targets that are refused say what to write") {
  CHECK(has(failure(check({"api.internal"})), "the port is missing"));
  CHECK(has(failure(check({"fd00::1"})), "the port is missing"));
  CHECK(has(failure(check({"api internal:80"})), "write HOST:PORT"));
  CHECK(has(failure(check({"0x7f000001:80"})), "0x7f000001"));
  CHECK(has(failure(read({"resolve", "a_b"})), "a_b"));
}

TEST_CASE("servers, service and policy") {
  auto options = read({"resolve", "api.internal", "--server", "10.0.0.53", "--server",
                       "[fd00::53]:5353", "--service", "e6a0817c-79c5-40ca-9776-a1c019defe70",
                       "--permit", "127.0.0.1", "--deny", "10.0.0.0/8", "--dns-timeout", "2s"});
  REQUIRE(options);
  CHECK(options->service.resolver_ips.size() == 2);
  CHECK(options->service.resolver_ips[1].port == 5353);
  CHECK(options->service.id.to_string() == "e6a0817c-79c5-40ca-9776-a1c019defe70");
  CHECK(options->policy.rules().permits.size() == 1);
  CHECK(options->policy.rules().denies.size() == 1);
  CHECK(options->limits.dns_total == std::chrono::seconds(2));

  CHECK(has(failure(read({"resolve", "a.internal", "--server", "dns.internal"})), "--server"));
  CHECK(has(failure(read({"resolve", "10.0.0.5", "--server", "10.0.0.53"})), "nothing to resolve"));
  CHECK(has(failure(read({"resolve", "a.internal", "--server", "10.0.0.1", "--server", "10.0.0.2",
                          "--server", "10.0.0.3", "--server", "10.0.0.4", "--server", "10.0.0.5"})),
            "at most 4"));
  CHECK(has(failure(read({"resolve", "a.internal", "--service", "x"})), "--service"));
  CHECK(has(failure(read({"resolve", "a.internal", "--permit", "10.0.0.1/8"})), "--permit"));
}

TEST_CASE("how the service is spoken to") {
  auto options = check({"api.internal:80"});
  REQUIRE(options);
  CHECK(options->service.scheme == tunnel::ServiceScheme::http);
  options = check({"api.internal:443", "--tls", "--tls-verify", "verify_ca", "--sni",
                   "Other.internal", "--path", "/x?y", "--method", "HEAD"});
  REQUIRE(options);
  CHECK(options->service.scheme == tunnel::ServiceScheme::https);
  CHECK(options->service.tls == tunnel::TlsVerification::verify_ca);
  CHECK(options->service.sni == "other.internal");
  CHECK(options->path == "/x?y");
  CHECK(options->method == "HEAD");
  CHECK(tunnel::check_descriptor(options->service));
  options = check({"db.internal:5432", "--type", "tcp", "--tls"});
  REQUIRE(options);
  CHECK(options->service.scheme == tunnel::ServiceScheme::tls);
  CHECK(options->service.type == tunnel::ServiceType::tcp);

  CHECK(has(failure(check({"a.internal:80", "--sni", "b.internal"})), "add --tls"));
  CHECK(has(failure(check({"a.internal:80", "--tls-verify", "disabled"})), "add --tls"));
  CHECK(has(failure(check({"a.internal:80", "--tls", "--sni", "a_b"})), "--sni"));
  CHECK(has(failure(check({"a.internal:80", "--path", "x"})), "--path"));
  CHECK(has(failure(check({"a.internal:80", "--origin-ca", "/nowhere.pem"})), "--origin-ca"));
}

TEST_CASE("names are resolved as the agent would be told to") {
  const auto options = read({"resolve", "api.corp.internal", "--dns-suffix",
                             "corp.internal=10.0.0.53,10.0.1.53", "--srv", "HTTP", "--hosts-file",
                             "none", "--dns-search", "--origin-family", "ipv4-only"});
  REQUIRE(options);
  CHECK(options->names.suffixes.at(0).servers.size() == 2);
  CHECK(options->names.hosts_path.empty());
  CHECK(options->names.search);
  CHECK(options->lookup.srv == "http");
  CHECK(options->lookup.family == OriginFamily::ipv4_only);
  CHECK(read({"resolve", "api"})->names.hosts_path == "/etc/hosts");
  CHECK(has(failure(read({"resolve", "api", "--srv", "_http"})), "--srv: "));
  CHECK(has(failure(read({"resolve", "10.0.0.1", "--srv", "http"})), "--srv: the target"));
  CHECK(has(failure(read({"resolve", "api", "--dns-suffix", "corp"})), "--dns-suffix: "));
}

TEST_CASE("check service: the settings of the configuration file, and the service's own") {
  const testing::TemporaryDirectory directory;
  const std::string id = "e6a0817c-79c5-40ca-9776-a1c019defe70";
  const std::string file = directory.path() / "outhaul.toml";
  std::ofstream(file) << "connect_timeout = \"7s\"\n[service.\"" << id << "\"]\n"
                      << "first_byte_timeout = \"3s\"\nhost = \"h.test\"\n"
                      << "server_name = \"s.test\"\n";
  const auto general = check({"a.internal:443", "--tls", "--config", file});
  REQUIRE(general);
  CHECK(general->settings.connect_timeout.count() == 7);
  CHECK(general->settings.host.empty());
  const auto own = check(
      {"a.internal:443", "--tls", "--config", file, "--service", id, "--connect-timeout", "9s"});
  REQUIRE(own);
  CHECK(own->settings.connect_timeout.count() == 9);
  CHECK(own->limits.origin_first_byte.count() == 3);
  CHECK(own->settings.host == "h.test");
  CHECK(own->service.sni == "s.test");
  const auto plain = check({"a.internal:80", "--config", file, "--service", id});
  REQUIRE(plain);
  CHECK(plain->service.sni.empty());
}

}  // namespace
}  // namespace outhaul::agent
