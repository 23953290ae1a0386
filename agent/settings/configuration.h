#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/exit_codes.h"
#include "agent/options.h"
#include "common/options/command_line.h"
#include "common/options/configuration_file.h"
#include "common/options/problem.h"
#include "common/options/program.h"
#include "common/options/resolve.h"

namespace outhaul::agent {

/// Everything that `outhaul run` was told: as it was given, and what it means.
struct Configuration {
  /// The file's path is empty when there is none.
  options::ConfigurationFile file;
  options::Values values;
  AgentOptions options;

  /// Everything but the token, which is not copied.
  Configuration without_token() const;
};

/// The way from command line, environment and configuration file to a Configuration, which a
/// running agent goes again when the file has changed.
class ConfigurationSource {
 public:
  /// Makes the table of options, which is not kept: 0.1 MB for a reload that may never come.
  using Table = std::function<options::Program()>;

  /// `given` without the values of the file, which are read again each time.
  ConfigurationSource(Table table, options::GivenValues given);

  /// The file that is used, or would be if it existed.
  const options::ConfigurationPath& path() const { return path_; }

  struct Loaded {
    Configuration configuration;
    /// Any: the configuration must not be used.
    options::Problems problems;
    /// What they end a program with: exit_usage when a flag or variable is wrong, else
    /// exit_configuration.
    int exit_code = exit_configuration;
    /// The files besides the configuration file that it depends on.
    std::vector<std::string> files;
  };
  /// Reads everything except the token. `previous` (may be null) is what is in force: what its
  /// files held is shared if it is still the same, and its configuration file must still exist.
  Loaded load(const Configuration* previous) const;

 private:
  Table table_;
  options::GivenValues given_;
  options::ConfigurationPath path_;
};

/// What a new configuration changes.
struct ConfigurationChanges {
  /// Keys and sections ("service.UUID") that take effect in a running agent.
  std::vector<std::string> live;
  /// Keys that differ from what the agent was started with and need a restart.
  std::vector<std::string> restart;
  /// The contents of certificate files are others.
  bool identities = false;
};

/// `started` are the values that the agent was started with, `current` is in force by now.
ConfigurationChanges compare(const options::Values& started, const Configuration& current,
                             const Configuration& next);

}  // namespace outhaul::agent
