#pragma once

#include <string_view>

#include "common/options/command_line.h"
#include "common/options/values.h"

namespace outhaul::agent {

// What the commands have to print, and the exit code: exit_ok when a request would get through,
// else one of exit_usage, exit_configuration, exit_unreachable and exit_denied.

/// `outhaul resolve NAME[:PORT]`
options::Finish run_resolve(const options::Values& values, std::string_view name);

/// `outhaul check service HOST:PORT`
options::Finish run_check_service(const options::Program& program,
                                  const options::Invocation& invocation);

}  // namespace outhaul::agent
