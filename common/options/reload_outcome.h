#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/options/problem.h"

namespace outhaul::options {

/// How the last reload of a configuration ended; for `status`.
struct ReloadOutcome {
  std::chrono::system_clock::time_point time;
  /// False: the configuration before it stays in force.
  bool ok = false;
  /// What took effect.
  std::vector<std::string> changed;
  /// What differs but takes a restart.
  std::vector<std::string> restart;
  /// Every problem of a refused configuration, one line each.
  std::vector<std::string> problems;
};

/// Logs `config_reloaded`; `file` is the configuration file.
ReloadOutcome reload_accepted(Log& log, const std::string& file, std::vector<std::string> changed,
                              std::vector<std::string> restart);

/// Logs one `config_problem` a problem, and `config_refused`.
ReloadOutcome reload_refused(Log& log, const std::string& file, const Problems& problems);

}  // namespace outhaul::options
