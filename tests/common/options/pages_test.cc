// What is written from an option table for the packages: completion, manual pages, configuration.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/options/command_tree.h"
#include "common/options/completion.h"
#include "common/options/man_page.h"
#include "common/options/resolve.h"
#include "common/options/version_page.h"

namespace outhaul::options {
namespace {

Program sample_program() {
  return {.name = "app",
          .version = "1.2.3",
          .summary = "tests",
          .environment_prefix = "APP",
          .commands = {{.path = "run",
                        .summary = "runs",
                        .groups = {{"Main", {}}, {"Limits", "limits"}},
                        .options = {{.name = "ca-file",
                                     .kind = OptionKind::path,
                                     .default_note = "system",
                                     .help = "CAs [PEM]: it's",
                                     .group = "Main",
                                     .value_name = "FILE"},
                                    {.name = "level",
                                     .default_text = "info",
                                     .help = "info or warn",
                                     .group = "Main",
                                     .value_name = "LEVEL",
                                     .choices = {"info", "warn"}},
                                    {.name = "token",
                                     .help = "the secret",
                                     .group = "Main",
                                     .value_name = "TOKEN",
                                     .forms = OptionForms::environment},
                                    {.name = "wait",
                                     .kind = OptionKind::duration,
                                     .default_text = "1s",
                                     .help = "time",
                                     .group = "Limits",
                                     .value_name = "TIME",
                                     .minimum = 1000,
                                     .maximum = 60000}}},
                       {.path = "check", .summary = "checks all"},
                       {.path = "check service", .summary = "checks one"},
                       {.path = "tunnel create", .summary = "creates"},
                       {.path = "tunnel list", .summary = "lists"},
                       completion_command("app"),
                       version_command()},
          .exit_codes = {{0, "ok"}}};
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

}  // namespace

TEST_CASE("the tree of commands has each place once, and what may follow") {
  const Program program = sample_program();
  std::vector<std::string> paths;
  for (const CommandNode& node : command_tree(program))
    paths.push_back(node.path);
  CHECK(paths == std::vector<std::string>{"", "run", "check", "check service", "tunnel",
                                          "tunnel create", "tunnel list", "completion", "version"});
  const CommandNode root = command_tree(program).front();
  CHECK(root.command == nullptr);
  REQUIRE(root.words.size() == 5);
  CHECK(root.words[1].summary == "checks all");
  CHECK(root.words[2].word == "tunnel");
  CHECK(root.words[2].summary == "create, list");
  const CommandNode check = command_tree(program)[2];
  REQUIRE(check.command != nullptr);
  CHECK(check.words.at(0).word == "service");
}

TEST_CASE("completion scripts name every flag, and no variable that is no flag") {
  const Program program = sample_program();
  for (const char* shell : {"bash", "zsh", "fish"}) {
    CAPTURE(shell);
    const Finish finish = run_completion(program, shell);
    CHECK(finish.exit_code == 0);
    const std::string dashes = shell == std::string("fish") ? "-l " : "--";
    for (const char* flag : {"ca-file", "level", "wait", "json"})
      CHECK(finish.output_text.find(dashes + flag) != std::string::npos);
    CHECK(finish.output_text.find("token") == std::string::npos);
    CHECK(finish.output_text.find("info warn") != std::string::npos);
    CHECK(finish.output_text.find("bash zsh fish") != std::string::npos);
  }
  const Finish wrong = run_completion(program, "bsh");
  CHECK(wrong.exit_code == usage_exit_code);
  CHECK(wrong.error_text == "error: SHELL: no completion for \"bsh\"; did you mean bash?\n");
  CHECK(run_completion(program, "powershell").error_text.find("use bash, zsh or fish") !=
        std::string::npos);
}

TEST_CASE("texts are escaped as each shell reads them") {
  const Program program = sample_program();
  CHECK(zsh_completion(program).find(R"('--ca-file=[CAs \[PEM\]: it'\''s]:FILE:_files')") !=
        std::string::npos);
  CHECK(fish_completion(program).find(R"(-l ca-file -r -F -d 'CAs [PEM]: it\'s')") !=
        std::string::npos);
}

TEST_CASE("manual pages have every command, flag, key and exit code") {
  const Program program = sample_program();
  const std::string page = program_man_page(program, {.date = "2026-01-02",
                                                      .description = {".leading dot, back\\slash"},
                                                      .files = {{"/etc/app", "its file"}},
                                                      .see_also = {"other(8)"}});
  CHECK(page.find(".TH APP 1 \"2026-01-02\" \"app 1.2.3\"") != std::string::npos);
  CHECK(page.find("\n\\&.leading dot, back\\eslash\n") != std::string::npos);
  CHECK(count(page, "\n.SS ") == program.commands.size());
  CHECK(page.find("\\fB\\-\\-ca\\-file\\fR \\fIFILE\\fR") != std::string::npos);
  CHECK(page.find("Default: system. Environment: \\fBAPP_CA_FILE\\fR.") != std::string::npos);
  CHECK(page.find("\n\\fBAPP_TOKEN\\fR\n") != std::string::npos);
  CHECK(page.find("time; 1s to 1m. Default: 1s.") != std::string::npos);
  CHECK(page.find("\\fBother\\fR(8)") != std::string::npos);

  const std::string configuration =
      configuration_man_page(program, program.commands[0], "app.toml", {.date = "2026-01-02"});
  CHECK(configuration.find(".TH APP.TOML 5 ") != std::string::npos);
  CHECK(configuration.find("\\fBca_file\\fR = \\fIFILE\\fR") != std::string::npos);
  CHECK(configuration.find("\n.SH LIMITS\n") != std::string::npos);
  CHECK(configuration.find("token") == std::string::npos);
}

TEST_CASE("version lists what is built in and what is the system's") {
  const Program program = sample_program();
  const Libraries libraries{.built_in = "nghttp2 1.52.0, c-ares 1.18.1", .shared = "OpenSSL 3.0"};
  const Command& version = program.commands.back();
  const auto plain = resolve(version.options, "APP", {});
  REQUIRE(plain);
  CHECK(run_version(program, libraries, *plain).output_text ==
        "app 1.2.3\nBuilt in:\n  nghttp2         1.52.0\n  c-ares          1.18.1\n"
        "From the system:\n  OpenSSL         3.0\n");
  const auto json = resolve(version.options, "APP", {{{"json", {"true"}}}, {}, {}});
  REQUIRE(json);
  CHECK(run_version(program, libraries, *json).output_text ==
        "{\"program\": \"app\", \"version\": \"1.2.3\", \"built_in\": {\"nghttp2\": \"1.52.0\", "
        "\"c-ares\": \"1.18.1\"}, \"shared\": {\"OpenSSL\": \"3.0\"}}\n");
}

}  // namespace outhaul::options
