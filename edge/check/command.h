#pragma once

#include <string>

#include "common/options/command_line.h"
#include "common/options/program.h"

namespace outhaul::edge::check {

// Both read the configuration as the service does: with the settings of the package's environment
// file (/etc/outhaul-edge/outhaul-edge.env) that this process's environment does not have.

/// `outhaul-edge check`. The exit code is exit_ok, also with warnings, or exit_check_failed.
options::Finish run_check(const options::Program& program, const options::Invocation& invocation);

/// `outhaul-edge diag`: writes the archive, mode 0600, and lists what is inside.
options::Finish run_diag(const options::Program& program, const options::Invocation& invocation,
                         const std::string& version_json);

}  // namespace outhaul::edge::check
