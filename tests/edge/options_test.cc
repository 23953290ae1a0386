#include "edge/options.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "common/options/help.h"
#include "edge/connect_options.h"
#include "edge/option_table.h"

namespace outhaul::edge {
namespace {

using Words = std::vector<std::string>;

const options::Program& program() {
  static const options::Program instance = edge_program();
  return instance;
}

options::Invocation invoked(const Words& words) {
  auto line = options::parse_command_line(program(), words, {});
  if (const auto* finish = std::get_if<options::Finish>(&line)) FAIL(finish->error_text);
  return std::get<options::Invocation>(std::move(line));
}

Result<ServeOptions> served(Words words) {
  words.insert(words.begin(), "serve");
  options::Problems problems;
  ServeOptions read = read_serve_options(invoked(words).values, problems);
  if (problems.empty()) return read;
  return Error{ErrorKind::invalid, problems.front().message};
}

std::string error_of(const Words& words) {
  const auto result = served(words);
  REQUIRE_FALSE(result.has_value());
  return result.error().message;
}

TEST_CASE("serve: defaults") {
  const auto serve = served({});
  REQUIRE(serve.has_value());
  CHECK(serve->data_dir == "/var/lib/outhaul-edge");
  CHECK(serve->admin_socket == "/var/lib/outhaul-edge/admin.sock");
  REQUIRE(serve->agent_listen.size() == 1);
  CHECK(serve->agent_listen[0].to_string() == "0.0.0.0:7844");
  REQUIRE(serve->binding_listen.size() == 1);
  CHECK(serve->binding_listen[0].address.to_string() == "127.0.0.1:7880");
  CHECK(serve->binding_listen[0].service.empty());
  // The name of this machine comes before it, if it is a host name.
  REQUIRE_FALSE(serve->public_names.empty());
  CHECK(serve->public_names.back().to_string() == "127.0.0.1:7844");
  const Limits expected;
  CHECK(serve->limits.grace_period == expected.grace_period);
  CHECK(serve->limits.setup_stage == expected.setup_stage);
  CHECK(serve->limits.ping_interval == expected.ping_interval);
  CHECK(serve->limits.connection_life == expected.connection_life);
  CHECK(serve->limits.hold_time == expected.hold_time);
  CHECK(serve->limits.header_block_time == expected.header_block_time);
}

TEST_CASE("serve: every option reaches its field") {
  const auto serve = served({"--data-dir",
                             "/d",
                             "--admin-socket",
                             "/run/a.sock",
                             "--agent-listen",
                             "10.0.0.1:443",
                             "--agent-listen",
                             "[::1]:7844",
                             "--binding-listen",
                             "unix:/run/b.sock?service=api",
                             "--binding-listen",
                             "[::1]:7880",
                             "--public-name",
                             "Edge.example.net:443",
                             "--certificate",
                             "/c",
                             "--key",
                             "/k",
                             "--log-level",
                             "warn",
                             "--log-format",
                             "human",
                             "--grace-period",
                             "1s",
                             "--setup-timeout",
                             "2s",
                             "--ping-interval",
                             "6s",
                             "--ping-answer",
                             "5s",
                             "--connection-life",
                             "2m",
                             "--hold-time",
                             "3s",
                             "--header-timeout",
                             "4s"});
  REQUIRE(serve.has_value());
  CHECK(serve->admin_socket == "/run/a.sock");
  CHECK(serve->agent_listen[0].to_string() == "10.0.0.1:443");
  CHECK(serve->agent_listen[1].to_string() == "[::1]:7844");
  CHECK(serve->binding_listen[0].address.to_string() == "unix:/run/b.sock");
  CHECK(serve->binding_listen[0].service == "api");
  CHECK(serve->public_names.size() == 1);
  CHECK(serve->public_names[0].to_string() == "edge.example.net:443");
  CHECK(serve->certificate == "/c");
  CHECK(serve->key == "/k");
  CHECK(serve->log_level == LogLevel::warn);
  CHECK(serve->log_format == LogFormat::human);
  CHECK(serve->limits.grace_period.count() == 1);
  CHECK(serve->limits.setup_stage.count() == 2);
  CHECK(serve->limits.ping_interval.count() == 6);
  CHECK(serve->limits.ping_answer.count() == 5);
  CHECK(serve->limits.connection_life.count() == 120);
  CHECK(serve->limits.hold_time.count() == 3);
  CHECK(serve->limits.header_block_time.count() == 4);
}

TEST_CASE("serve: limits of clients and agents") {
  const auto defaults = served({});
  REQUIRE(defaults.has_value());
  const Limits expected;
  CHECK(defaults->limits.peer_resets == expected.peer_resets);
  CHECK(defaults->limits.caused_resets == expected.caused_resets);
  CHECK(defaults->limits.streams_per_connection == expected.streams_per_connection);
  CHECK(defaults->limits.origin_idle_read == expected.origin_idle_read);
  CHECK(defaults->client_limits.connections == 4096);
  CHECK(defaults->client_limits.idle.count() == 60);
  CHECK(defaults->client_limits.http2_idle.count() == 300);
  CHECK(defaults->agent_limits.half_open == 1024);
  CHECK(defaults->agent_limits.connections_per_tunnel == 256);
  CHECK(defaults->agent_limits.suspect_quiet.count() == 500);
  CHECK(defaults->agent_limits.suspect_answer.count() == 1000);
  const auto serve = served({"--client-resets",
                             "7",
                             "--client-caused-resets",
                             "2",
                             "--client-streams",
                             "8",
                             "--client-stall-timeout",
                             "9s",
                             "--client-connections",
                             "10",
                             "--client-idle-timeout",
                             "11s",
                             "--client-http2-idle-timeout",
                             "12s",
                             "--agent-setups",
                             "13",
                             "--connections-per-tunnel",
                             "14",
                             "--suspect-quiet",
                             "150ms",
                             "--suspect-answer",
                             "2s",
                             "--pings",
                             "15"});
  REQUIRE(serve.has_value());
  CHECK(serve->limits.peer_resets == RateLimit{70, 7, std::chrono::seconds(1)});
  CHECK(serve->limits.caused_resets == RateLimit{20, 2, std::chrono::seconds(1)});
  CHECK(serve->limits.streams_per_connection == 8);
  CHECK(serve->limits.origin_idle_read.count() == 9);
  CHECK(serve->client_limits.connections == 10);
  CHECK(serve->client_limits.idle.count() == 11);
  CHECK(serve->client_limits.http2_idle.count() == 12);
  CHECK(serve->agent_limits.half_open == 13);
  CHECK(serve->agent_limits.connections_per_tunnel == 14);
  CHECK(serve->agent_limits.suspect_quiet.count() == 150);
  CHECK(serve->agent_limits.suspect_answer.count() == 2000);
  CHECK(serve->limits.pings.count == 15);
}

TEST_CASE("serve: a listener on one address is its own public name") {
  const auto serve = served({"--agent-listen", "127.0.0.1:9", "--agent-listen", "[fd00::1]:10"});
  REQUIRE(serve->public_names.size() == 2);
  CHECK(serve->public_names[0].to_string() == "127.0.0.1:9");
  CHECK(serve->public_names[1].to_string() == "[fd00::1]:10");
}

TEST_CASE("serve: each mistake names the flag and the fix") {
  for (const char* text : {"7844", "localhost:7844", "10.0.0.1", "::1:7844", "[::1]", "[::1]7844",
                           "[10.0.0.1]:1", "10.0.0.1:0", "10.0.0.1:", "[]:1", ":1", "]:1"}) {
    CAPTURE(text);
    CHECK(error_of({"--agent-listen", text})
              .starts_with("--agent-listen: \"" + std::string(text) + "\": "));
  }
  for (const char* text : {"unix:", "unix:?service=a", "127.0.0.1:1?",
                           "127.0.0.1:1?service=", "127.0.0.1:1?name=a", "?service=a"}) {
    CAPTURE(text);
    CHECK(error_of({"--binding-listen", text}).starts_with("--binding-listen: "));
  }
  CHECK(error_of({"--public-name", "a_b"}).starts_with("--public-name: \"a_b\": "));
  CHECK(error_of({"--certificate", "/c"}) == "--certificate: give --key FILE too");
  CHECK(error_of({"--key", "/k"}) == "--key: give --certificate FILE too");
  CHECK(error_of({"--data-dir", "/" + std::string(200, 'x')}).starts_with("--data-dir: "));
  const auto invocation = invoked({"serve", "--certificate", "/nonexistent/c", "--key", "/k"});
  options::Problems problems;
  check_files(invocation.values, problems);
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].message.starts_with("--certificate: cannot read"));
}

TEST_CASE("connect: where programs connect and where the edge is") {
  const auto connected = [](const Words& words) {
    Words all{"connect", "orders-db"};
    all.insert(all.end(), words.begin(), words.end());
    return read_connect_options(invoked(all));
  };
  const auto port = connected({"--listen", "127.0.0.1:5432", "--token-file", "/t"});
  REQUIRE(port);
  CHECK(port->service == "orders-db");
  CHECK(port->listen->to_string() == "127.0.0.1:5432");
  CHECK(port->edge.to_string() == "127.0.0.1:7880");
  CHECK(port->token_file == "/t");
  const auto stdio = connected({"--stdio", "--edge", "unix:/run/e.sock", "--data-dir", "/d"});
  REQUIRE(stdio);
  CHECK_FALSE(stdio->listen);
  CHECK(stdio->edge.to_string() == "unix:/run/e.sock");
  CHECK(stdio->admin_socket == "/d/admin.sock");
  CHECK(stdio->token_file.empty());

  CHECK(connected({}).error().message.find("--stdio") != std::string::npos);
  CHECK(connected({"--stdio", "--listen", "127.0.0.1:1"}).error().message ==
        "--listen: --stdio is given too; choose one of them");
  CHECK(connected({"--listen", "5432"}).error().message.starts_with("--listen: "));
  CHECK(connected({"--stdio", "--edge", "127.0.0.1:1?service=a"})
            .error()
            .message.starts_with("--edge: ?service= belongs to --binding-listen"));
}

TEST_CASE("directory commands") {
  struct Case {
    Words words;
    AdminAction action;
    std::string_view subject;
  };
  for (const Case& good : {
           Case{{"tunnel", "create", "office"}, AdminAction::tunnel_create, "office"},
           {{"tunnel", "list"}, AdminAction::tunnel_list, ""},
           {{"tunnel", "delete", "list"}, AdminAction::tunnel_delete, "list"},
           {{"service", "create", "--file", "-"}, AdminAction::service_create, ""},
           {{"service", "list"}, AdminAction::service_list, ""},
           {{"service", "get", "api"}, AdminAction::service_get, "api"},
           {{"service", "delete", "api"}, AdminAction::service_delete, "api"},
           {{"binding", "create", "api"}, AdminAction::binding_create, "api"},
           {{"binding", "list"}, AdminAction::binding_list, ""},
           {{"binding", "delete", "id"}, AdminAction::binding_delete, "id"},
       }) {
    Words words = good.words;
    words.insert(words.end(), {"--json", "--data-dir", "/d"});
    const AdminCommand command = read_admin_command(invoked(words));
    CHECK(command.action == good.action);
    CHECK(command.subject == good.subject);
    CHECK(command.json);
    CHECK(command.admin_socket == "/d/admin.sock");
    CHECK(command.file == (good.action == AdminAction::service_create ? "-" : ""));
  }
}

TEST_CASE("each help page fits a screen of 80 columns and 45 lines") {
  std::vector<std::string> pages = {options::program_help(program())};
  for (const options::Command& command : program().commands) {
    pages.push_back(options::command_help(program(), command));
    for (const std::string& topic : options::help_topics(command)) {
      pages.push_back(options::topic_help(program(), command, topic));
    }
  }
  for (const std::string& page : pages) {
    CAPTURE(page);
    CHECK(std::count(page.begin(), page.end(), '\n') <= 45);
    for (std::size_t start = 0; start < page.size();) {
      const std::size_t end = page.find('\n', start);
      CHECK(end - start <= options::help_width);
      start = end + 1;
    }
  }
}

}  // namespace
}  // namespace outhaul::edge
