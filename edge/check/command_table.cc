#include "edge/check/command_table.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/diagnosis/bundle_file.h"

namespace outhaul::edge::check {

namespace {

const std::string set_up_group = "What to check, instead of the configuration";

constexpr std::array<std::string_view, 10> from_serve{
    "data-dir", "admin-socket", "agent-listen",   "public-name",   "certificate",
    "key",      "config",       "binding-listen", "status-listen", "client-connections"};

std::vector<options::Option> set_up_options(std::span<const options::Option> serve_options) {
  std::vector<options::Option> table;
  for (const options::Option& option : serve_options) {
    if (std::ranges::find(from_serve, option.name) == from_serve.end()) continue;
    table.push_back(option);
    table.back().group = set_up_group;
    table.back().forms = options::OptionForms::flag_and_environment;
  }
  return table;
}

}  // namespace

options::Command check_command(std::span<const options::Option> serve_options) {
  options::Command command{
      .path = "check",
      .summary = "check everything that this edge needs",
      .description =
          "Configuration, data directory, database, certificates, clock, limits, addresses to "
          "listen at, public names and the directory. A running edge is asked and not disturbed; "
          "nothing is changed. The exit code is 7 when a step failed; a warning is none.",
      .groups = {{set_up_group, {}}},
      .examples = {"sudo outhaul-edge check", "outhaul-edge check --json | jq .failed",
                   "outhaul-edge check --data-dir ./edge --public-name edge.example.net"},
  };
  command.options = set_up_options(serve_options);
  command.options.push_back({.name = "json",
                             .kind = options::OptionKind::boolean,
                             .help = "print one JSON object",
                             .group = set_up_group,
                             .forms = options::OptionForms::flag_and_environment});
  return command;
}

options::Command diag_command(std::span<const options::Option> serve_options) {
  options::Command command{
      .path = "diag",
      .summary = "collect what helps to find a fault in one archive",
      .description =
          "Configuration, status, metrics, log, the result of outhaul-edge check and facts about "
          "this system, without any secret, key or hash of one; the list says what is inside and "
          "what is not. Look into it before you send it: names and addresses are in there.",
      .groups = {{std::string(diagnosis::archive_group), {}}, {set_up_group, {}}},
      .options = {diagnosis::output_option("outhaul-edge")},
      .examples = {"sudo outhaul-edge diag", "outhaul-edge diag --output /tmp/edge.tar.gz"},
  };
  for (options::Option& option : set_up_options(serve_options))
    command.options.push_back(std::move(option));
  return command;
}

}  // namespace outhaul::edge::check
