#pragma once

#include "common/options/command_line.h"
#include "common/options/program.h"

namespace outhaul::agent {

/// `outhaul check config [FILE]`: every problem of what `outhaul run` would read, or "ok" and each
/// value in force with where it came from.
options::Finish run_check_config(const options::Program& program,
                                 const options::Invocation& invocation);

}  // namespace outhaul::agent
