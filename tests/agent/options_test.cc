#include "agent/options.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "agent/exit_codes.h"
#include "agent/option_table.h"
#include "common/options/command_line.h"
#include "common/options/help.h"
#include "common/options/reference.h"

namespace outhaul::agent {
namespace {

using options::Environment;
using Words = std::vector<std::string>;

const std::string tunnel_id = "6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11";
const std::string credentials =
    R"({"t":"6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11",)"
    R"("s":"ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=","e":["edge.example.net:7844"]})";

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "outhaul-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }

  std::string file(const std::string& name, const std::string& content) const {
    const std::filesystem::path path = path_ / name;
    std::ofstream(path) << content;
    std::filesystem::permissions(path, std::filesystem::perms::owner_read);
    return path.string();
  }
  std::string missing() const { return (path_ / "missing").string(); }
  std::string string() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

options::Values parsed(Words words, const Environment& environment) {
  static const options::Program program = agent_program();
  words.insert(words.begin(), {"run", "--tunnel-id", tunnel_id});
  auto line = options::parse_command_line(program, words, environment);
  if (const auto* finish = std::get_if<options::Finish>(&line)) FAIL(finish->error_text);
  return std::get<options::Invocation>(std::move(line)).values;
}

/// Both steps, as main() takes them.
Result<AgentOptions> loaded(const Words& words, const Environment& environment = {}) {
  const options::Values values = parsed(words, environment);
  options::Problems problems;
  AgentOptions agent_options = read_run_options(values, {}, problems);
  if (!problems.empty()) return Error{ErrorKind::invalid, problems.front().message};
  if (const auto done = load_credentials(values, agent_options); !done) return done.error();
  return agent_options;
}

std::string error_of(const Words& words, const Environment& environment = {}) {
  const auto result = loaded(words, environment);
  REQUIRE_FALSE(result.has_value());
  return result.error().message;
}

TEST_CASE("defaults of the table are the defaults of the limits") {
  const TemporaryDirectory directory;
  const auto agent = loaded({"--token-file", directory.file("token", credentials)});
  REQUIRE(agent.has_value());
  const Limits& limits = agent->limits;
  const Limits expected;
  const ServiceSettings& service = agent->configured_services.front().settings;
  const ServiceSettings expected_service;
  CHECK(service.keep_alive_timeout == expected_service.keep_alive_timeout);
  CHECK(service.keep_alive_connections == expected_service.keep_alive_connections);
  CHECK(service.requests == expected_service.requests);
  CHECK(service.connections == expected_service.connections);
  CHECK_FALSE(service.request_body.has_value());
  CHECK(service.protocol == OriginProtocol::automatic);
  CHECK(service.proxy_protocol == ProxyProtocol::none);
  CHECK(limits.connections_per_agent == expected.connections_per_agent);
  CHECK(limits.grace_period == expected.grace_period);
  CHECK(service.connect_timeout == expected_service.connect_timeout);
  CHECK(service.tls_timeout == expected_service.tls_timeout);
  CHECK(service.first_byte_timeout == expected_service.first_byte_timeout);
  CHECK(service.idle_timeout == expected_service.idle_timeout);
  CHECK(service.upload_stall_timeout == expected_service.upload_stall_timeout);
  CHECK(limits.dns_total == expected.dns_total);
  CHECK(limits.dns_try == expected.dns_try);
  CHECK(service.tcp_idle == expected_service.tcp_idle);
  CHECK(limits.streams_per_connection == expected.streams_per_connection);
  CHECK(limits.announced_streams_per_connection == expected.announced_streams_per_connection);
  CHECK(limits.streams_per_agent == expected.streams_per_agent);
  CHECK(service.tcp_streams == expected_service.tcp_streams);
  CHECK_FALSE(agent->exit_on_deleted);
  CHECK(agent->log_level == LogLevel::info);
  CHECK(agent->log_format == LogFormat::automatic);
  CHECK(agent->edges.at(0).to_string() == "edge.example.net:7844");
  CHECK(agent->warnings.empty());
}

TEST_CASE("a client certificate needs its key") {
  const TemporaryDirectory directory;
  const std::string token = directory.file("token", credentials);
  CHECK(error_of({"--token-file", token, "--origin-client-cert", "a.pem"}) ==
        "--origin-client-cert: needs --origin-client-key FILE, the key of the certificate");
  CHECK(error_of({"--token-file", token, "--origin-client-key", "a.pem"}) ==
        "--origin-client-key: needs --origin-client-cert FILE, the certificate of the key");
}

TEST_CASE("every option reaches its field") {
  const TemporaryDirectory directory;
  const std::string pem = directory.file("ca.pem", "x");
  const auto agent = loaded({"--credentials-file",
                             directory.file("credentials.json", credentials),
                             "--edge",
                             "a.example",
                             "--edge",
                             "[::1]:1",
                             "--edge-ca",
                             pem,
                             "--origin-ca",
                             pem,
                             "--permit",
                             "127.0.0.1:8080",
                             "--allow",
                             "10.0.0.0/8",
                             "--allow",
                             "*.corp.internal",
                             "--deny",
                             "10.0.0.7",
                             "--connections",
                             "2",
                             "--log-level",
                             "debug",
                             "--log-format",
                             "json",
                             "--grace-period",
                             "5s",
                             "--connect-timeout",
                             "1s",
                             "--tls-timeout",
                             "2s",
                             "--first-byte-timeout",
                             "3s",
                             "--idle-timeout",
                             "4s",
                             "--upload-stall-timeout",
                             "5s",
                             "--dns-timeout",
                             "1s",
                             "--tcp-idle",
                             "7s",
                             "--streams-per-connection",
                             "8",
                             "--streams",
                             "9",
                             "--tcp-streams-per-service",
                             "10",
                             "--settings-frames",
                             "11",
                             "--origin-client-cert",
                             pem,
                             "--origin-client-key",
                             pem,
                             "--origin-protocol",
                             "http2",
                             "--proxy-protocol",
                             "v2",
                             "--requests-per-service",
                             "11",
                             "--connections-per-service",
                             "12",
                             "--keep-alive-connections",
                             "13",
                             "--keep-alive-timeout",
                             "14s",
                             "--request-body-limit",
                             "1MiB",
                             "--exit-on-deleted"});
  REQUIRE(agent.has_value());
  REQUIRE(agent->edges.size() == 2);
  CHECK(agent->edges[0].to_string() == "a.example:7844");
  CHECK(agent->edges[1].to_string() == "[::1]:1");
  CHECK(agent->edge_ca == pem);
  CHECK(agent->policy.rules().permits.size() == 1);
  CHECK(agent->policy.rules().allows.size() == 2);
  CHECK(agent->policy.rules().denies.size() == 1);
  CHECK(agent->log_level == LogLevel::debug);
  CHECK(agent->log_format == LogFormat::json);
  const Limits& limits = agent->limits;
  const ServiceSettings& service = agent->configured_services.front().settings;
  CHECK(service.origin_ca == pem);
  CHECK(service.client_certificate == pem);
  CHECK(service.client_key == pem);
  CHECK(service.protocol == OriginProtocol::http2);
  CHECK(service.proxy_protocol == ProxyProtocol::v2);
  CHECK(service.requests == 11);
  CHECK(service.connections == 12);
  CHECK(service.keep_alive_connections == 13);
  CHECK(service.keep_alive_timeout.count() == 14);
  CHECK(service.request_body == 1048576);
  CHECK(limits.connections_per_agent == 2);
  CHECK(limits.grace_period.count() == 5);
  CHECK(service.connect_timeout.count() == 1);
  CHECK(service.tls_timeout.count() == 2);
  CHECK(service.first_byte_timeout.count() == 3);
  CHECK(service.idle_timeout.count() == 4);
  CHECK(service.upload_stall_timeout.count() == 5);
  CHECK(limits.dns_total.count() == 1);
  CHECK(service.tcp_idle.count() == 7);
  CHECK(limits.streams_per_connection == 8);
  CHECK(limits.announced_streams_per_connection == 16);
  CHECK(limits.streams_per_agent == 9);
  CHECK(limits.settings.count == 11);
  CHECK(service.tcp_streams == 10);
  CHECK(agent->exit_on_deleted);
}

TEST_CASE("threads: one unless asked for, and no more than connections") {
  const TemporaryDirectory directory;
  const Words token = {"--token-file", directory.file("token", credentials)};
  const auto with = [&token](const Words& more) {
    Words words = token;
    words.insert(words.end(), more.begin(), more.end());
    return loaded(words);
  };
  CHECK(with({})->threads == 1);
  const auto four = with({"--threads", "4"});
  CHECK(four->threads == 4);
  CHECK(four->warnings.empty());
  const auto many = with({"--threads", "4", "--connections", "2"});
  CHECK(many->threads == 2);
  REQUIRE(many->warnings.size() == 1);
  CHECK(many->warnings[0] ==
        "--threads 4 is more than there are connections (--connections): 2 are used");
}

TEST_CASE("where the token comes from") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("token", credentials);
  const Environment token = {{"TUNNEL_TOKEN", credentials}};
  const auto from_environment = loaded({}, token);
  REQUIRE(from_environment.has_value());
  CHECK(from_environment->token_path.empty());
  CHECK(from_environment->warnings.size() == 1);
  const auto both = loaded({"--token-file", file}, token);
  REQUIRE(both.has_value());
  CHECK(both->token_path == file);
  CHECK(both->warnings.size() == 1);
}

TEST_CASE("each mistake names the flag or the file, and no secret") {
  const TemporaryDirectory directory;
  const std::string token = directory.file("token", credentials);
  std::string other_credentials = credentials;
  other_credentials.replace(other_credentials.find("6f1d"), 4, "7f1d");
  const std::string other = directory.file("other", other_credentials);
  const std::string bad = directory.file("bad", "{\"t\": \"hunter2");

  CHECK(error_of({"--token-file", other}) ==
        "--tunnel-id: the token is for the tunnel 7f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11, not " +
            tunnel_id + "; give the token of this tunnel");
  CHECK(error_of({"--token-file", directory.missing()}).find("does not exist") !=
        std::string::npos);
  const std::string malformed = error_of({"--token-file", bad});
  CHECK(malformed.find(bad) != std::string::npos);
  CHECK(malformed.find("hunter2") == std::string::npos);
  CHECK(error_of({}, {{"TUNNEL_TOKEN", "hunter2"}}).starts_with("TUNNEL_TOKEN: "));
  CHECK(error_of({}, {{"TUNNEL_TOKEN", "hunter2"}}).find("hunter2") == std::string::npos);
  CHECK(error_of({"--token-file", token, "--credentials-file", token}) ==
        "--credentials-file: --token-file is given too; keep one of them");
  CHECK(error_of({"--profile", "rhttp"}) ==
        "--profile: rhttp has no token that names edges; give --edge HOST[:PORT]");
  CHECK(error_of({"--permit", "10.0.0.0/33"}).starts_with("--permit: \"10.0.0.0/33\": "));
  CHECK(error_of({}, {{"OUTHAUL_DENY", "a,*"}}).starts_with("OUTHAUL_DENY: \"*\": "));
  CHECK(error_of({"--edge", "a:b:c"}).starts_with("--edge: \"a:b:c\": "));
  CHECK(error_of({"--token-file", token, "--edge-ca", directory.missing()})
            .starts_with("--edge-ca: cannot read "));
}

TEST_CASE("a malformed tunnel id") {
  static const options::Program program = agent_program();
  const Words words = {"run", "--tunnel-id", "6F1D"};
  auto line = options::parse_command_line(program, words, {});
  REQUIRE(std::holds_alternative<options::Invocation>(line));
  options::Problems problems;
  read_run_options(std::get<options::Invocation>(line).values, {}, problems);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].message.starts_with("--tunnel-id: \"6F1D\" is no tunnel id; "));
}

TEST_CASE("each help page fits a screen of 80 columns and 45 lines") {
  const options::Program program = agent_program();
  std::vector<std::string> pages = {options::program_help(program)};
  for (const options::Command& command : program.commands) {
    pages.push_back(options::command_help(program, command));
    for (const std::string& topic : options::help_topics(command)) {
      pages.push_back(options::topic_help(program, command, topic));
    }
  }
  for (const std::string& page : pages) {
    CHECK(std::count(page.begin(), page.end(), '\n') <= 45);
    for (std::size_t start = 0; start < page.size();) {
      const std::size_t end = page.find('\n', start);
      CHECK(end - start <= options::help_width);
      start = end + 1;
    }
  }
  CHECK(pages[1].find("4 refused by the edge for good") != std::string::npos);
}

TEST_CASE("every option belongs to a group, so help and reference show it") {
  const options::Program program = agent_program();
  const std::string reference = options::markdown_reference(program);
  for (const options::Command& command : program.commands) {
    for (const options::Option& option : command.options) {
      CAPTURE(option.name);
      CHECK(reference.find("`" + options::environment_name(option, "OUTHAUL") + "`") !=
            std::string::npos);
    }
  }
}

TEST_CASE("names: suffixes, search, hosts file, family, and the policy's dry run") {
  const TemporaryDirectory directory;
  const std::string token = directory.file("token", credentials);
  auto agent = loaded({"--token-file", token, "--dns-suffix", "corp.internal=10.0.0.53,10.0.1.53",
                       "--dns-suffix", "lab=10.0.2.53:5353", "--dns-search", "--hosts-file",
                       "/etc/agent-hosts", "--origin-family", "ipv4-first", "--policy-dry-run"});
  REQUIRE(agent.has_value());
  REQUIRE(agent->names.suffixes.size() == 2);
  CHECK(agent->names.suffixes[0].servers.size() == 2);
  CHECK(agent->names.suffixes[1].servers[0].port == 5353);
  CHECK(agent->names.search);
  CHECK(agent->names.hosts_path == "/etc/agent-hosts");
  CHECK(agent->origin_family == OriginFamily::ipv4_first);
  CHECK(agent->policy.rules().dry_run);

  // The environment's list is cut at its commas.
  agent = loaded({"--token-file", token},
                 {{"OUTHAUL_DNS_SUFFIX", "corp.internal=10.0.0.53,10.0.1.53,lab=10.0.2.53"}});
  REQUIRE(agent.has_value());
  REQUIRE(agent->names.suffixes.size() == 2);
  CHECK(agent->names.suffixes[0].servers.size() == 2);
  CHECK_FALSE(agent->policy.rules().dry_run);
  CHECK(agent->origin_family == OriginFamily::automatic);

  CHECK(error_of({"--token-file", token, "--dns-suffix", "corp.internal"})
            .starts_with("--dns-suffix: \"corp.internal\": write SUFFIX=SERVER"));
  CHECK(error_of({"--token-file", token}, {{"OUTHAUL_DNS_SUFFIX", "a=b"}})
            .starts_with("OUTHAUL_DNS_SUFFIX: "));
}

}  // namespace
}  // namespace outhaul::agent
