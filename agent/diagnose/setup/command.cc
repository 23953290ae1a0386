#include "agent/diagnose/setup/command.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include <unistd.h>

#include "agent/diagnose/setup/check.h"
#include "agent/diagnose/setup/page.h"
#include "agent/exit_codes.h"
#include "agent/option_table.h"
#include "agent/settings/configuration.h"

namespace outhaul::agent::setup {

namespace {

constexpr std::array<std::string_view, 10> from_run{
    "tunnel-id", "token-file", "credentials-file", "token",       "edge",
    "edge-ca",   "dns-suffix", "hosts-file",       "dns-timeout", "config"};

bool is_terminal(int file_descriptor) {
  return ::isatty(file_descriptor) == 1;
}

void show_progress(const std::string& what) {
  std::fprintf(stderr, "\r\x1b[Kchecking %s", what.c_str());
  std::fflush(stderr);
}

void clear_progress() {
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
}

}  // namespace

std::vector<options::Option> set_up_options(std::span<const options::Option> run_options,
                                            std::initializer_list<std::string_view> besides) {
  std::vector<options::Option> table;
  for (const options::Option& option : run_options) {
    if (std::ranges::find(from_run, option.name) == from_run.end() &&
        std::ranges::find(besides, option.name) == besides.end()) {
      continue;
    }
    options::Option taken = option;
    taken.group = std::string(set_up_group);
    // What is missing is a finding, not wrong usage.
    taken.required = false;
    if (taken.has_configuration_key()) taken.forms = options::OptionForms::flag_and_environment;
    table.push_back(std::move(taken));
  }
  return table;
}

options::Command check_command(std::span<const options::Option> run_options) {
  options::Command command{
      .path = "check",
      .summary = "check the whole set-up, from the configuration to every edge",
      .description =
          "Configuration, token, clock, DNS, proxy, and each address of each edge by TCP, TLS, "
          "setup, HTTP/2 and one PING. The service may be running: no request comes by a "
          "connection of the check. The exit code is 7 when a step failed; a warning is none.",
      .groups = {{std::string(set_up_group), {}}},
      .examples = {"outhaul check", "outhaul check --json | jq .failed",
                   "outhaul check --tunnel-id $ID --token-file ./token"},
  };
  command.options = set_up_options(run_options);
  command.options.push_back({.name = "json",
                             .kind = options::OptionKind::boolean,
                             .help = "print one JSON object",
                             .group = std::string(set_up_group),
                             .forms = options::OptionForms::flag_and_environment});
  return command;
}

int run_check(const options::Invocation& invocation) {
  const ConfigurationSource source(agent_program, invocation.given);
  const bool json = invocation.values.boolean("json");
  const bool shown = is_terminal(STDERR_FILENO) && !json;
  const Report report = check_setup(source, shown ? Progress(show_progress) : Progress());
  if (shown) clear_progress();
  options::Finish finish;
  finish.output_text = json ? page_json(report) : page_text(report, diagnosis::choose_colour());
  if (!report.ok()) finish.exit_code = exit_check_failed;
  return options::print(finish);
}

}  // namespace outhaul::agent::setup
