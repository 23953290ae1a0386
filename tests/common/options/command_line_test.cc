#include "common/options/command_line.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "common/options/help.h"
#include "common/options/reference.h"

namespace outhaul::options {
namespace {

using Words = std::vector<std::string>;

Program program() {
  const std::vector<Group> groups = {{"Main", {}}, {"Limits", "limits"}};
  const std::vector<Option> run_options = {
      {.name = "edge",
       .kind = OptionKind::text_list,
       .help = "a | b",
       .group = "Main",
       .value_name = "HOST"},
      {.name = "edge-ca",
       .kind = OptionKind::path,
       .help = "CAs",
       .group = "Main",
       .value_name = "FILE"},
      {.name = "json", .kind = OptionKind::boolean, .help = "JSON", .group = "Main"},
      {.name = "token",
       .help = "secret",
       .group = "Main",
       .value_name = "TOKEN",
       .forms = OptionForms::environment,
       .environment = "TUNNEL_TOKEN"},
      {.name = "wait",
       .kind = OptionKind::duration,
       .default_text = "1s",
       .help = "time",
       .group = "Limits",
       .value_name = "TIME"},
  };
  return {.name = "app",
          .version = "1.2.3",
          .summary = "tests",
          .environment_prefix = "APP",
          .commands = {{.path = "run",
                        .summary = "runs",
                        .groups = groups,
                        .options = run_options,
                        .examples = {"app run"}},
                       {.path = "tunnel create",
                        .summary = "creates",
                        .positionals = {{"NAME", "a name"}}},
                       {.path = "tunnel list", .summary = "lists"},
                       {.path = "version", .summary = "version"}},
          .exit_codes = {{0, "ok"}, {2, "usage"}}};
}

const Program& shared_program() {
  static const Program instance = program();
  return instance;
}

Invocation invoked(const Words& words, const Environment& environment = {}) {
  auto parsed = parse_command_line(shared_program(), words, environment);
  if (const auto* finish = std::get_if<Finish>(&parsed)) FAIL(finish->error_text);
  return std::get<Invocation>(std::move(parsed));
}

Finish finished(const Words& words) {
  auto parsed = parse_command_line(shared_program(), words, {});
  REQUIRE(std::holds_alternative<Finish>(parsed));
  return std::get<Finish>(std::move(parsed));
}

TEST_CASE("commands, flags and positionals") {
  const auto run = invoked({"run", "--edge", "[::1]:1", "--edge=b,c", "--edge", "[a,b]", "--json"},
                           {{"APP_EDGE_CA", "/ca"}});
  CHECK(run.command->path == "run");
  const auto edges = run.values.list("edge");
  CHECK(Words(edges.begin(), edges.end()) == Words{"[::1]:1", "b,c", "[a,b]"});
  CHECK(run.values.boolean("json"));
  CHECK(run.values.path("edge-ca") == "/ca");
  CHECK_FALSE(invoked({"run", "--json=false"}).values.boolean("json"));

  // Names that are also commands.
  for (const char* name : {"office", "list", "run", "version"}) {
    CAPTURE(name);
    const auto create = invoked({"tunnel", "create", name});
    CHECK(create.command->path == "tunnel create");
    CHECK(create.positionals == Words{name});
  }
}

TEST_CASE("each mistake is one line and the exit code of usage") {
  struct Case {
    Words words;
    std::string_view message;
  };
  const std::string token(40, 'e');
  const std::vector<Case> cases = {
      {{}, "no command given; see app help"},
      {{"rnu"}, "unknown command \"rnu\"; did you mean app run?"},
      {{"tunnel"}, "no command given; see app help tunnel"},
      {{"tunnel", "craete", "x"},
       "unknown command \"tunnel craete\"; did you mean app tunnel create?"},
      {{"xyzzy"}, "unknown command \"xyzzy\"; see app help"},
      {{"--verison"}, "unknown flag \"--verison\"; did you mean --version?"},
      {{"run", "--egde", "x"}, "unknown flag \"--egde\"; did you mean --edge?"},
      {{"run", "--frobnicate=secret"}, "unknown flag \"--frobnicate\"; see app help run"},
      {{"run", "--edge"}, "--edge needs a value"},
      {{"run", "--edge", "--edge-ca", "f"}, "--edge needs a value, but --edge-ca follows it"},
      {{"run", "--edge-ca", "a", "--edge-ca", "b"}, "--edge-ca: given 2 times; give it once"},
      {{"run", "--wait", "5"}, "--wait: \"5\" has no unit; write it as 250ms, 30s, 5m or 1h"},
      {{"run", "--json=maybe"}, "--json: \"maybe\" is neither true nor false"},
      {{"run", "x\ny"}, "unexpected argument \"x\\x0ay\"; see app help run"},
      {{"run", token}, "unexpected argument \"eeeeeeee...\"; see app help run"},
      {{"run", "--token", token},
       "--token is no flag, because every user of this machine can read command lines; set "
       "TUNNEL_TOKEN or put it into a file"},
      {{"--edge", "x", "run"}, "unexpected \"--edge\" before the command; write app run first"},
      {{"tunnel", "create"},
       "NAME is missing; write app tunnel create NAME; see app help tunnel create"},
      {{"tunnel", "create", "a", "b"}, "unexpected argument \"b\"; see app help tunnel create"},
      {{"help", "run", "limit"}, "no help topic \"limit\" of app run; did you mean limits?"},
      {{"help", "rnu"}, "unknown command \"rnu\"; did you mean app run?"},
  };
  for (const Case& bad : cases) {
    CAPTURE(bad.message);
    const Finish finish = finished(bad.words);
    CHECK(finish.exit_code == usage_exit_code);
    CHECK(finish.output_text.empty());
    CHECK(finish.error_text == "error: " + std::string(bad.message) + "\n");
  }
}

TEST_CASE("help and version") {
  CHECK(finished({"--version"}).output_text == "app 1.2.3\n");
  for (const Words& words : {Words{"help"}, {"--help"}, {"-h"}}) {
    CHECK(finished(words).output_text == program_help(shared_program()));
    CHECK(finished(words).exit_code == 0);
  }
  const Command& run = *find_command(shared_program(), "run");
  for (const Words& words : {Words{"help", "run"},
                             {"run", "--help"},
                             {"run", "--edge", "x", "--help"},
                             {"run", "--bogus", "-h"}}) {
    CHECK(finished(words).output_text == command_help(shared_program(), run));
  }
  for (const Words& words : {Words{"help", "run", "limits"}, {"run", "--help", "limits"}}) {
    CHECK(finished(words).output_text == topic_help(shared_program(), run, "limits"));
  }
  const std::string group = finished({"tunnel", "--help"}).output_text;
  CHECK(group.find("tunnel create NAME") != std::string::npos);
  CHECK(group.find("run") == std::string::npos);
}

TEST_CASE("a page shows its own groups, the forms and the exit codes") {
  const Command& run = *find_command(shared_program(), "run");
  const std::string page = command_help(shared_program(), run);
  CHECK(page.find("--edge-ca FILE") != std::string::npos);
  CHECK(page.find("APP_EDGE_CA") != std::string::npos);
  CHECK(page.find("TUNNEL_TOKEN") != std::string::npos);
  CHECK(page.find("--token") == std::string::npos);
  CHECK(page.find("--wait") == std::string::npos);
  CHECK(page.find("app help run limits") != std::string::npos);
  CHECK(page.find("0 ok, 2 usage") != std::string::npos);
  CHECK(topic_help(shared_program(), run, "limits").find("--wait TIME") != std::string::npos);
}

TEST_CASE("the reference has a row for each option") {
  const std::string page = markdown_reference(shared_program());
  CHECK(page.find("| `--edge HOST` | `APP_EDGE` | `edge` | list |  | a \\| b |") !=
        std::string::npos);
  CHECK(page.find("| none | `TUNNEL_TOKEN` | none | text |  | secret |") != std::string::npos);
  CHECK(page.find("`1s` | time |") != std::string::npos);
  CHECK(page.find("## app tunnel create NAME") != std::string::npos);
  CHECK(page.find("| 2 | usage |") != std::string::npos);
}

TEST_CASE("a failure stays one line") {
  const Finish finish = failure(3, "a\nb");
  CHECK(finish.exit_code == 3);
  CHECK(finish.error_text == "error: a b\n");
}

}  // namespace
}  // namespace outhaul::options
