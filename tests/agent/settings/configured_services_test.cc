#include "agent/settings/configured_services.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "agent/option_table.h"
#include "agent/options.h"
#include "agent/settings/configuration.h"
#include "common/options/annotated_file.h"
#include "tests/support/temporary_directory.h"

namespace outhaul::agent {
namespace {

const std::string tunnel_line = "tunnel_id = \"6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11\"\n";
const std::string id = "e6a0817c-79c5-40ca-9776-a1c019defe70";
const std::string header = "[service.\"" + id + "\"]\n";

/// The file's problems as a run would find them, or its configuration.
struct Reading {
  AgentOptions options;
  options::Problems problems;
};

Reading read(const std::string& text, const options::Environment& environment = {}) {
  const options::Program program = agent_program();
  Reading reading;
  options::GivenValues given;
  given.environment = environment;
  const options::ConfigurationFile file =
      options::parse_configuration(program, "f", tunnel_line + text, reading.problems);
  given.file = file.values;
  auto resolution =
      options::resolve_all(options::find_command(program, "run")->options, "OUTHAUL", given);
  for (auto& problem : resolution.problems)
    reading.problems.push_back(std::move(problem));
  reading.options = read_run_options(resolution.values, file, reading.problems);
  return reading;
}

const ServiceSettings& section(const Reading& reading) {
  for (const auto& problem : reading.problems)
    MESSAGE(problem.message);
  REQUIRE(reading.problems.empty());
  REQUIRE(reading.options.configured_services.size() == 2);
  return reading.options.configured_services[1].settings;
}

std::string problem_of(const std::string& text) {
  const Reading reading = read(text);
  REQUIRE(reading.problems.size() == 1);
  return reading.problems[0].message;
}

TEST_CASE("a section has the general values where it says nothing") {
  const Reading reading = read(
      "connect_timeout = \"3s\"\norigin_ca = \"/ca.pem\"\nrequests_per_service = 7\n" + header +
          "tls_timeout = \"4s\"\nhost = \"h.test:81\"\nserver_name = \"S.Test\"\n"
          "request_body_limit = \"1KiB\"\naddress = \"db.internal:5432\"\n",
      {{"OUTHAUL_TLS_TIMEOUT", "9s"}, {"OUTHAUL_IDLE_TIMEOUT", "8s"}});
  const ServiceSettings& own = section(reading);
  const ServiceSettings& general = reading.options.configured_services[0].settings;
  CHECK(general.connect_timeout.count() == 3);
  CHECK(general.tls_timeout.count() == 9);
  CHECK(own.connect_timeout.count() == 3);
  CHECK(own.tls_timeout.count() == 4);
  CHECK(own.idle_timeout.count() == 8);
  CHECK(own.requests == 7);
  CHECK(own.origin_ca == "/ca.pem");
  CHECK(own.host == "h.test:81");
  CHECK(own.server_name == "s.test");
  CHECK(own.request_body == 1024);
  CHECK(own.address->hostname == "db.internal");
  CHECK(own.address->port == 5432);
  CHECK_FALSE(general.address.has_value());
}

TEST_CASE("a section can lift a general limit") {
  CHECK_FALSE(
      section(read("request_body_limit = \"1KiB\"\n" + header + "request_body_limit = \"0\"\n"))
          .request_body.has_value());
}

TEST_CASE("certificate and key come from the same place") {
  const std::string general = "origin_client_cert = \"/c\"\norigin_client_key = \"/k\"\n";
  CHECK(section(read(general + header + "host = \"h\"\n")).client_key == "/k");
  CHECK(problem_of(general + header + "origin_client_cert = \"/d\"\n") ==
        "f:5:22: origin_client_cert: needs --origin-client-key FILE, the key of the certificate");
}

TEST_CASE("each mistake of a section has its place") {
  CHECK(problem_of("[service.web]\n").starts_with("f:2:10: \"web\" is no service id; "));
  CHECK(problem_of(header + "address = \"api\"\n") ==
        "f:3:11: address: \"api\": the port is missing; write HOST:PORT, as in api:8080");
  CHECK(problem_of(header + "address = \"unix:x\"\n").find("must begin with /") !=
        std::string::npos);
  CHECK(problem_of(header + "host = \"http://x\"\n").starts_with("f:3:8: host: "));
  CHECK(problem_of(header + "server_name = \"a_b\"\n").starts_with("f:3:15: server_name: "));
  CHECK(problem_of(header + "connect_timeout = \"0s\"\n") ==
        "f:3:19: connect_timeout: \"0s\" is out of range; write 1s to 24h");
}

TEST_CASE("mistakes of all kinds show at once") {
  const Reading reading =
      read("permit = [\"10.0.0.0/33\", \"10.0.0.1\", \"*\"]\nedge = [\"a:b:c\"]\n" + header +
           "address = \"x\"\nhost = \"/\"\n[service.\"x\"]\n");
  REQUIRE(reading.problems.size() == 6);
  CHECK(reading.problems[0].message.starts_with("f:2:11: permit: \"10.0.0.0/33\": "));
  CHECK(reading.problems[1].message.starts_with("f:2:38: permit: \"*\": "));
  CHECK(reading.problems[2].message.starts_with("f:3:9: edge: \"a:b:c\": "));
}

TEST_CASE("files that cannot be read are named once, by the key that names them") {
  const Reading reading = read("origin_ca = \"/nonexistent/ca.pem\"\n" + header + "host = \"h\"\n");
  options::Problems problems;
  load_services(reading.options.configured_services, nullptr, problems);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].message.starts_with("f:2:13: origin_ca: open '/nonexistent/ca.pem': "));
  CHECK(files_of(reading.options.configured_services) ==
        std::vector<std::string>{"/nonexistent/ca.pem"});
}

TEST_CASE("the annotated default is complete, and every line of it is a comment") {
  const options::Program program = agent_program();
  std::string text = options::annotated_configuration(program);
  for (std::size_t start = 0; start < text.size(); start = text.find('\n', start) + 1)
    CHECK((text[start] == '#' || text[start] == '\n'));
  // With every key switched on it is still TOML with known keys of the right types.
  for (std::size_t at = text.find("\n#"); at != std::string::npos; at = text.find("\n#", at + 1)) {
    const char next = text[at + 2];
    if (next != ' ' && next != '\n') text.erase(at + 1, 1);
  }
  options::Problems problems;
  const options::ConfigurationFile file =
      options::parse_configuration(program, "f", text, problems);
  for (const options::Problem& problem : problems)
    CHECK(problem.message.empty());
  for (const options::Option& option : options::top_level_options(program)) {
    CAPTURE(option.name);
    CHECK(file.values.contains(options::configuration_key(option)));
  }
  REQUIRE(file.sections.size() == 1);
  for (const options::Option& option : program.configuration.section_options) {
    CAPTURE(option.name);
    CHECK(file.sections[0].values.contains(options::configuration_key(option)));
  }
}

class ConfigurationFixture {
 public:
  ConfigurationSource::Loaded load(const std::string& text, const Configuration* previous) {
    std::ofstream(path()) << tunnel_line << text;
    options::GivenValues given;
    given.flags["config"] = {path()};
    return ConfigurationSource(agent_program, given).load(previous);
  }
  std::string path() const { return directory_.path() / "outhaul.toml"; }

 private:
  testing::TemporaryDirectory directory_;
};

TEST_CASE("what takes effect at once and what needs a restart") {
  ConfigurationFixture fixture;
  const auto started =
      fixture.load("log_level = \"info\"\n", nullptr).configuration.without_token();
  const auto next = fixture.load(
      "log_level = \"debug\"\nallow = [\"10.0.0.0/8\"]\nconnections = 2\nedge = [\"a.test\"]\n" +
          header + "host = \"h\"\n",
      &started);
  REQUIRE(next.problems.empty());
  const auto changes = compare(started.values, started, next.configuration);
  CHECK(changes.live == std::vector<std::string>{"allow", "log_level", "service." + id});
  CHECK(changes.restart == std::vector<std::string>{"edge", "connections"});
  CHECK_FALSE(changes.identities);
  // Still to be done at the reload after that.
  const auto again = compare(started.values, next.configuration, next.configuration);
  CHECK(again.live.empty());
  CHECK(again.restart == changes.restart);
}

TEST_CASE("a file that was in force and is gone is a problem, not the defaults") {
  ConfigurationFixture fixture;
  const auto started = fixture.load("", nullptr).configuration.without_token();
  std::filesystem::remove(fixture.path());
  options::GivenValues given;
  given.flags["tunnel-id"] = {"6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11"};
  const auto table = [&fixture] {
    options::Program program = agent_program();
    program.configuration.default_path = fixture.path();
    return program;
  };
  const ConfigurationSource source(table, given);
  CHECK(source.load(nullptr).problems.empty());
  REQUIRE(source.load(&started).problems.size() == 1);
  CHECK(source.load(&started).problems[0].message.find("cannot read it") != std::string::npos);
}

}  // namespace
}  // namespace outhaul::agent
