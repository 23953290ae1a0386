#pragma once

#include <span>
#include <string>

#include "common/options/command_line.h"
#include "common/options/program.h"

namespace outhaul::agent {

/// The command `diag`, for the program's table. Takes the options of `run` that say who the agent
/// is, where its edges are and where it answers.
options::Command diag_command(std::span<const options::Option> run_options);

/// Carries it out: writes the archive, mode 0600, and lists what is inside.
options::Finish run_diag(const options::Invocation& invocation, std::string version_json);

}  // namespace outhaul::agent
