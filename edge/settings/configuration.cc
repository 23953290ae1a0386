#include "edge/settings/configuration.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "edge/option_table.h"

namespace outhaul::edge {

namespace {

using options::Option;

/// What only matters at the start. Everything else is looked at anew for each connection or
/// request, or written into the running log.
constexpr std::array<std::string_view, 10> needs_restart = {
    "data-dir", "admin-socket", "agent-listen",   "public-name", "zone",
    "key",      "certificate",  "binding-listen", "log-format",  "status-listen"};

bool is_live(const Option& option) {
  return std::ranges::find(needs_restart, option.name) == needs_restart.end();
}

}  // namespace

ConfigurationSource::ConfigurationSource(options::Program program, options::GivenValues given)
    : program_(std::move(program)),
      given_(std::move(given)),
      path_(options::choose_configuration(program_, given_)) {}

ConfigurationSource::Loaded ConfigurationSource::load(bool must_exist) const {
  Loaded loaded;
  options::Problems& problems = loaded.problems;
  options::ConfigurationPath path = path_;
  if (must_exist) path.is_given = true;
  const options::ConfigurationFile file = options::read_configuration(program_, path, problems);
  loaded.has_file = !file.path.empty();
  options::GivenValues given = given_;
  given.file = file.values;
  given.file_path = file.path;
  const options::Command* serve = options::find_command(program_, program_.configuration.command);
  options::Resolution resolution =
      options::resolve_all(serve->options, program_.environment_prefix, given);
  problems.insert(problems.end(), resolution.problems.begin(), resolution.problems.end());
  Configuration& configuration = loaded.configuration;
  configuration.values = std::move(resolution.values);
  configuration.options = read_serve_options(configuration.values, problems);
  const auto is_outside = [](const options::Problem& problem) {
    return problem.position.line == 0;
  };
  if (std::ranges::any_of(problems, is_outside)) loaded.exit_code = exit_usage;
  check_files(configuration.values, problems);
  options::sort_by_position(problems);
  return loaded;
}

ConfigurationChanges compare(const options::Values& started, const options::Values& current,
                             const options::Values& next) {
  ConfigurationChanges changes;
  for (const Option& option : options::top_level_options(edge_program())) {
    const bool live = is_live(option);
    const options::Values& before = live ? current : started;
    if (std::ranges::equal(before.texts(option.name), next.texts(option.name))) continue;
    (live ? changes.live : changes.restart).push_back(options::configuration_key(option));
  }
  return changes;
}

}  // namespace outhaul::edge
