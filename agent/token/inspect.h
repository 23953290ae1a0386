#pragma once

#include "common/options/command_line.h"
#include "common/options/program.h"

namespace outhaul::agent {

/// The command `token inspect [FILE]`, for the program's table.
options::Command token_inspect_command();

/// Carries it out: what a token says, without its secret. Reads the file given, standard input for
/// "-", TUNNEL_TOKEN, or the file that is there by default; never the command line.
options::Finish run_token_inspect(const options::Invocation& invocation);

}  // namespace outhaul::agent
