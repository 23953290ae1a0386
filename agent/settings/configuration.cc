#include "agent/settings/configuration.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "agent/option_table.h"
#include "agent/settings/service_options.h"

namespace outhaul::agent {

namespace {

using options::FileSection;
using options::Option;

/// What can change under way besides the options about services.
constexpr std::array<std::string_view, 8> live_options = {"permit",
                                                          "allow",
                                                          "deny",
                                                          "log-level",
                                                          "grace-period",
                                                          "access-log",
                                                          "access-log-sample",
                                                          "access-log-query"};

bool is_live(std::string_view name) {
  if (std::ranges::find(live_options, name) != live_options.end()) return true;
  return std::ranges::any_of(service_options(),
                             [&](const Option& option) { return option.name == name; });
}

bool same_texts(const options::Values& left, const options::Values& right, std::string_view name) {
  return std::ranges::equal(left.texts(name), right.texts(name));
}

bool same_section(const FileSection& left, const FileSection& right) {
  return std::ranges::equal(left.values, right.values, [](const auto& one, const auto& other) {
    return one.first == other.first && one.second.texts == other.second.texts;
  });
}

const FileSection* find_section(const Configuration& in, const std::string& name) {
  const auto found = std::ranges::find(in.file.sections, name, &FileSection::name);
  return found == in.file.sections.end() ? nullptr : &*found;
}

void compare_sections(const Configuration& current, const Configuration& next,
                      std::vector<std::string>& changed) {
  std::set<std::string> names;
  for (const Configuration* configuration : {&current, &next}) {
    for (const FileSection& section : configuration->file.sections)
      names.insert(section.name);
  }
  for (const std::string& name : names) {
    const FileSection* before = find_section(current, name);
    const FileSection* after = find_section(next, name);
    if (before == nullptr || after == nullptr || !same_section(*before, *after)) {
      changed.push_back("service." + name);
    }
  }
}

std::set<const OriginIdentity*> identities_of(const Configuration& configuration) {
  std::set<const OriginIdentity*> identities;
  configuration.options.services->for_each(
      [&](const ServiceSettings& settings) { identities.insert(settings.identity.get()); });
  return identities;
}

}  // namespace

Configuration Configuration::without_token() const {
  Configuration copy{.file = file, .values = values, .options = {}};
  copy.options.services = options.services;
  copy.options.configured_services = options.configured_services;
  return copy;
}

ConfigurationSource::ConfigurationSource(Table table, options::GivenValues given)
    : table_(std::move(table)),
      given_(std::move(given)),
      path_(options::choose_configuration(table_(), given_)) {}

ConfigurationSource::Loaded ConfigurationSource::load(const Configuration* previous) const {
  const options::Program program = table_();
  Loaded loaded;
  options::Problems& problems = loaded.problems;
  Configuration& configuration = loaded.configuration;
  options::ConfigurationPath path = path_;
  // A file that was in force and is gone must not silently mean the defaults.
  if (previous != nullptr && !previous->file.path.empty()) path.is_given = true;
  configuration.file = options::read_configuration(program, path, problems);
  options::GivenValues given = given_;
  given.file = configuration.file.values;
  given.file_path = configuration.file.path;
  const options::Command* run = options::find_command(program, program.configuration.command);
  options::Resolution resolution =
      options::resolve_all(run->options, program.environment_prefix, given);
  problems.insert(problems.end(), resolution.problems.begin(), resolution.problems.end());
  configuration.values = std::move(resolution.values);
  configuration.options = read_run_options(configuration.values, configuration.file, problems);
  const auto is_outside = [](const options::Problem& problem) {
    return problem.position.line == 0;
  };
  if (std::ranges::any_of(problems, is_outside)) loaded.exit_code = exit_usage;
  const auto& services = configuration.options.configured_services;
  loaded.files = files_of(services);
  configuration.options.services = load_services(
      services, previous == nullptr ? nullptr : previous->options.services.get(), problems);
  options::sort_by_position(problems);
  return loaded;
}

ConfigurationChanges compare(const options::Values& started, const Configuration& current,
                             const Configuration& next) {
  ConfigurationChanges changes;
  for (const Option& option : options::top_level_options(agent_program())) {
    const std::string key = options::configuration_key(option);
    if (is_live(option.name)) {
      if (!same_texts(current.values, next.values, option.name)) changes.live.push_back(key);
    } else if (!same_texts(started, next.values, option.name)) {
      changes.restart.push_back(key);
    }
  }
  compare_sections(current, next, changes.live);
  if (!std::ranges::equal(current.file.entries, next.file.entries, same_section)) {
    changes.live.emplace_back("ingress");
  }
  changes.identities = identities_of(current) != identities_of(next);
  return changes;
}

}  // namespace outhaul::agent
