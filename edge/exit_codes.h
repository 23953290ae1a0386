#pragma once

#include <vector>

#include "common/options/command_line.h"
#include "common/options/program.h"

/// What the exit code of outhaul-edge tells. Every code but 0 comes with one line on standard
/// error, or in the log once that has started.
namespace outhaul::edge {

/// Done, or stopped by a signal after a clean drain.
inline constexpr int exit_ok = 0;
/// A fault of this program or of its machine: restarting may help.
inline constexpr int exit_internal = 1;
/// The command line or an environment variable is wrong.
inline constexpr int exit_usage = options::usage_exit_code;
/// Data directory, certificate, key, listen address or input file: missing, unusable or wrong.
inline constexpr int exit_configuration = 3;
/// The directory says no: no such tunnel, service or binding, or the name is taken.
inline constexpr int exit_refused = 4;
/// The running edge does not answer, or says that it is not ready.
inline constexpr int exit_unreachable = 5;
/// A step of `check` failed; its page says which and what to do. The number is the agent's.
inline constexpr int exit_check_failed = 7;

inline std::vector<options::ExitCode> exit_codes() {
  return {{exit_ok, "ok"},
          {exit_internal, "internal failure"},
          {exit_usage, "wrong usage"},
          {exit_configuration, "wrong configuration"},
          {exit_refused, "refused by the directory"},
          {exit_unreachable, "no running edge, or it is not ready"},
          {exit_check_failed, "a step of the check failed"}};
}

}  // namespace outhaul::edge
