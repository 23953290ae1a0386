#include "common/options/configuration_file.h"

#include <doctest/doctest.h>

#include "common/options/annotated_file.h"
#include "common/options/command_line.h"

namespace outhaul::options {
namespace {

Program program() {
  return {
      .name = "app",
      .environment_prefix = "APP",
      .commands = {{.path = "run",
                    .groups = {{"Main", {}}},
                    .options = {{.name = "edge-name", .group = "Main", .value_name = "NAME"},
                                {.name = "target",
                                 .kind = OptionKind::text_list,
                                 .group = "Main",
                                 .value_name = "TARGET"},
                                {.name = "count",
                                 .kind = OptionKind::integer,
                                 .default_text = "4",
                                 .group = "Main",
                                 .value_name = "N",
                                 .maximum = 9},
                                {.name = "quiet", .kind = OptionKind::boolean, .group = "Main"},
                                {.name = "wait-time",
                                 .kind = OptionKind::duration,
                                 .default_text = "10s",
                                 .group = "Main"},
                                {.name = "config",
                                 .kind = OptionKind::path,
                                 .forms = OptionForms::flag_and_environment}},
                    .reads_configuration = true}},
      .configuration = {.command = "run",
                        .section = "service",
                        .section_value_name = "UUID",
                        .section_options = {{.name = "host", .value_name = "HOST"}},
                        .refused_keys = {{"token", "not here"}}},
      .configuration_exit_code = 3,
  };
}

ConfigurationFile parsed(std::string_view text, Problems& problems) {
  return parse_configuration(program(), "f", text, problems);
}

std::vector<std::string> problems_of(std::string_view text) {
  Problems problems;
  parsed(text, problems);
  std::vector<std::string> messages;
  for (const Problem& problem : problems)
    messages.push_back(problem.message);
  return messages;
}

std::string problem_of(std::string_view text) {
  const auto messages = problems_of(text);
  REQUIRE(messages.size() == 1);
  return messages.front();
}

TEST_CASE("each kind of value, with its place") {
  Problems problems;
  const ConfigurationFile file = parsed(
      "edge_name = \"a\"\ncount = 0x5\nquiet = true\nwait_time = '1s'\n"
      "target = [ \"x\",\n  \"y\" ]\n[service.\"u\"]\nhost = \"h\"\n",
      problems);
  REQUIRE(problems.empty());
  CHECK(file.values.at("edge_name").texts == std::vector<std::string>{"a"});
  CHECK(file.values.at("edge_name").where == "f:1:13");
  CHECK(file.values.at("count").texts == std::vector<std::string>{"5"});
  CHECK(file.values.at("quiet").texts == std::vector<std::string>{"true"});
  CHECK(file.values.at("wait_time").texts == std::vector<std::string>{"1s"});
  CHECK(file.values.at("target").texts == std::vector<std::string>{"x", "y"});
  CHECK(file.values.at("target").items.at(1).where == "f:6:3");
  REQUIRE(file.sections.size() == 1);
  CHECK(file.sections[0].name == "u");
  CHECK(file.sections[0].values.at("host").texts == std::vector<std::string>{"h"});
}

TEST_CASE("wrong types say what to write") {
  CHECK(problem_of("edge_name = 3") ==
        "f:1:13: edge_name: is a whole number; write text in double quotes: edge_name = \"NAME\"");
  CHECK(problem_of("count = \"3\"") ==
        "f:1:9: count: is text; write a whole number without quotes: count = 4");
  CHECK(problem_of("count = 3.5").find("a number with a fraction") != std::string::npos);
  CHECK(problem_of("quiet = \"yes\"").find("write true or false without quotes") !=
        std::string::npos);
  CHECK(problem_of("wait_time = 5").find("wait_time = \"10s\"") != std::string::npos);
  CHECK(problem_of("target = \"x\"") ==
        "f:1:10: target: is text; write a list of texts: target = [\"TARGET\"]");
  CHECK(problem_of("target = [\"x\", 3]") ==
        "f:1:16: target: has a whole number in its list; put each item in double quotes");
  CHECK(problem_of("edge_name = 2020-01-01").find("a date or time") != std::string::npos);
  CHECK(problem_of("[edge_name]\n").find("is a section") != std::string::npos);
}

TEST_CASE("unknown keys, and known ones in the wrong place") {
  CHECK(problem_of("edge-nam = \"x\"") ==
        "f:1:1: unknown key \"edge-nam\"; did you mean edge_name?");
  CHECK(problem_of("zzzzzz = 1") ==
        "f:1:1: unknown key \"zzzzzz\"; app help run lists what there is");
  CHECK(problem_of("[servce.\"u\"]\nhost = \"h\"\n") ==
        "f:1:2: unknown section \"servce\"; did you mean service?");
  CHECK(problem_of("token = \"hunter2\"") == "f:1:1: token: not here");
  CHECK(problem_of("host = \"h\"").find("move it into its section [service.\"UUID\"]") !=
        std::string::npos);
  CHECK(problem_of("[service.\"u\"]\ncount = 3\n").find("move it up") != std::string::npos);
  CHECK(problem_of("[service.\"u\"]\ntoken = \"t\"\n") == "f:2:1: token: not here");
  CHECK(problem_of("service = 3").find("write a section [service.\"UUID\"]") != std::string::npos);
  CHECK(problem_of("[service]\nhost = \"h\"\n").find("below a header [service.\"UUID\"]") !=
        std::string::npos);
  // An option without a key in the file is no key.
  CHECK(problem_of("config = \"x\"").find("unknown key") != std::string::npos);
}

TEST_CASE("what is not TOML is found line by line, and the rest is read all the same") {
  const auto messages = problems_of(
      "edge_name = debug\ncount: 3\nquiet = True\nwait_time = 5s\ntarget = [\"x\" \"y\"]\n"
      "edge_name\ncount = \"x\"\n");
  REQUIRE(messages.size() == 7);
  CHECK(messages[0].find("f:1:13: not TOML (") == 0);
  CHECK(messages[0].ends_with("into double quotes: edge_name = \"...\""));
  CHECK(messages[1].ends_with("write = instead of the colon"));
  CHECK(messages[2].ends_with("write true or false in small letters"));
  CHECK(messages[3].ends_with("into double quotes: wait_time = \"...\""));
  CHECK(messages[4].ends_with("with commas between"));
  CHECK(messages[5].ends_with("write edge_name = VALUE"));
  CHECK(messages[6].find("count: is text") != std::string::npos);
}

TEST_CASE("what stands behind a list that is not ended is read all the same") {
  Problems problems;
  const ConfigurationFile file =
      parsed("edge_name = \"a\"\ntarget = [\"x\",\n  \"y\"\ncount = 1\nquiet = 3\n", problems);
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].message.starts_with("f:2:1: not TOML ("));
  CHECK(problems[1].message.starts_with("f:5:9: quiet: is a whole number"));
  CHECK(file.values.contains("edge_name"));
  CHECK(file.values.contains("count"));
}

TEST_CASE("a list that is not ended is one problem, not one for each line behind it") {
  CHECK(problem_of("target = [\"x\",\nedge_name = \"a\"\ncount = 1\n")
            .ends_with("that begins here is not ended, close it"));
  CHECK(problem_of("edge_name = \"\"\"x\ncount = 1\n").find("not TOML") != std::string::npos);
}

TEST_CASE("keys and sections that are there twice") {
  CHECK(problem_of("count = 1\ncount = 2\n") ==
        "f:2:9: count: given twice; keep one of the two lines");
  CHECK(problem_of("[service.\"u\"]\n[service.\"u\"]\nnonsense = 1\n")
            .ends_with("this section is there already; put its keys together"));
}

TEST_CASE("a secret is never quoted") {
  for (const char* text : {"token = \"hunter2\"", "token = hunter2", "tokn = \"hunter2\"",
                           "token = \"hunter2", "count = \"hunter2\"", "token \"hunter2\""}) {
    CAPTURE(text);
    for (const std::string& message : problems_of(text))
      CHECK(message.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a value of the file is judged like a flag, and each problem is shown") {
  Problems problems;
  GivenValues given;
  given.file = parsed("count = 10\nwait_time = \"5\"\n", problems).values;
  const Resolution resolution = resolve_all(program().commands[0].options, "APP", given);
  REQUIRE(resolution.problems.size() == 2);
  CHECK(resolution.problems[0].message == "f:1:9: count: \"10\" is out of range; write 0 to 9");
  CHECK(resolution.problems[1].message.starts_with("f:2:13: wait_time: \"5\" has no unit; "));
  // Whoever looks further finds the default.
  CHECK(resolution.values.integer("count") == 4);
}

TEST_CASE("which file is read") {
  Program with_default = program();
  with_default.configuration.default_path = "/nonexistent/app.toml";
  GivenValues given;
  CHECK(choose_configuration(with_default, given).path == "/nonexistent/app.toml");
  CHECK_FALSE(choose_configuration(with_default, given).is_given);
  given.environment["APP_CONFIG"] = "/e";
  CHECK(choose_configuration(with_default, given).path == "/e");
  given.flags["config"] = {"/f"};
  CHECK(choose_configuration(with_default, given).path == "/f");
  CHECK(choose_configuration(with_default, given).is_given);

  Problems problems;
  CHECK(read_configuration(with_default, {"/nonexistent/app.toml", false}, problems).path.empty());
  CHECK(problems.empty());
  read_configuration(with_default, {"/nonexistent/app.toml", true}, problems);
  read_configuration(with_default, {"/", true}, problems);
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].message ==
        "/nonexistent/app.toml: cannot read it: No such file or directory; check the path and its "
        "mode");
  CHECK(problems[1].message == "/: is a directory; name a TOML file");
}

TEST_CASE("a wrong file ends the command with the program's code and every problem") {
  const Program instance = program();
  const auto line = parse_command_line(
      instance, std::vector<std::string>{"run", "--config", "/nonexistent", "--count", "10"}, {});
  REQUIRE(std::holds_alternative<Finish>(line));
  const Finish& finish = std::get<Finish>(line);
  CHECK(finish.exit_code == 3);
  CHECK(finish.error_text.find("error: /nonexistent: cannot read it") != std::string::npos);
  CHECK(finish.error_text.find("error: --count: \"10\" is out of range") != std::string::npos);
}

}  // namespace
}  // namespace outhaul::options
