#pragma once

#include <vector>

#include "common/options/command_line.h"
#include "common/options/program.h"

/// What the exit code of outhaul tells a supervisor. Every code but 0 comes with one line on
/// standard error, or in the log once that has started.
namespace outhaul::agent {

/// Done, or stopped by a signal after a clean drain.
inline constexpr int exit_ok = 0;
/// A fault of this program or of its machine: restarting may help.
inline constexpr int exit_internal = 1;
/// The command line or an environment variable is wrong.
inline constexpr int exit_usage = options::usage_exit_code;
/// A file is missing, unreadable or wrong: configuration, token, certificates.
inline constexpr int exit_configuration = 3;
/// The edge refuses this tunnel for good; restarting does not help.
inline constexpr int exit_refused = 4;
/// What was asked about (`resolve`, `check service`) cannot be reached: DNS, network, TLS or HTTP.
/// Of the commands that ask the running agent: it does not answer, or is not ready.
inline constexpr int exit_unreachable = 5;
/// What was asked about is refused by the policy of this machine.
inline constexpr int exit_denied = 6;
/// A step of `check` failed; its page says which and what to do.
inline constexpr int exit_check_failed = 7;

inline std::vector<options::ExitCode> exit_codes() {
  return {{exit_ok, "ok"},
          {exit_internal, "internal failure"},
          {exit_usage, "wrong usage"},
          {exit_configuration, "wrong configuration or credentials"},
          {exit_refused, "refused by the edge for good"},
          {exit_unreachable, "target not reachable"},
          {exit_denied, "target refused by the local policy"},
          {exit_check_failed, "a step of the check failed"}};
}

}  // namespace outhaul::agent
