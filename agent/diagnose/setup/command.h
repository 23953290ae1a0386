#pragma once

#include <span>

#include "common/options/command_line.h"
#include "common/options/program.h"

namespace outhaul::agent::setup {

/// The command `check`, for the program's table. Takes the options of `run` that say who the agent
/// is and where its edges are.
options::Command check_command(std::span<const options::Option> run_options);

/// Carries it out and prints the page; on a terminal standard error shows meanwhile what is being
/// looked at. The exit code is exit_ok, also with warnings, or exit_check_failed.
int run_check(const options::Program& program, const options::Invocation& invocation);

}  // namespace outhaul::agent::setup
