#pragma once

#include <string>
#include <vector>

#include "common/options/command_line.h"
#include "common/options/configuration_file.h"
#include "common/options/problem.h"
#include "common/options/program.h"
#include "common/options/resolve.h"
#include "edge/exit_codes.h"
#include "edge/options.h"

namespace outhaul::edge {

/// Everything that `outhaul-edge serve` was told: as it was given, and what it means.
struct Configuration {
  options::Values values;
  ServeOptions options;
};

/// The way from command line, environment and configuration file to a Configuration, which a
/// running edge goes again when the file has changed.
class ConfigurationSource {
 public:
  /// `given` without the values of the file, which are read again each time.
  ConfigurationSource(options::Program program, options::GivenValues given);

  /// The file that is used, or would be if it existed.
  const options::ConfigurationPath& path() const { return path_; }

  struct Loaded {
    Configuration configuration;
    /// Whether there is a file.
    bool has_file = false;
    /// Any: the configuration must not be used.
    options::Problems problems;
    /// What they end a program with: exit_usage when a flag or variable is wrong, else
    /// exit_configuration.
    int exit_code = exit_configuration;
  };
  /// `must_exist`: a file that was in force and is gone must not silently mean the defaults.
  Loaded load(bool must_exist) const;

 private:
  options::Program program_;
  options::GivenValues given_;
  options::ConfigurationPath path_;
};

/// Configuration keys that a new configuration changes.
struct ConfigurationChanges {
  /// Those that take effect in a running edge.
  std::vector<std::string> live;
  /// Those that differ from what the edge was started with and need a restart.
  std::vector<std::string> restart;
};

/// `started` are the values that the edge was started with, `current` is in force by now.
ConfigurationChanges compare(const options::Values& started, const options::Values& current,
                             const options::Values& next);

}  // namespace outhaul::edge
