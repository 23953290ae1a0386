#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/options/command_line.h"
#include "common/options/program.h"

/// `outhaul tunnel [FLAGS] run [FLAGS] [TUNNEL]`: the command line that unit files, container
/// images and charts made for cloudflared have. It means `outhaul run`.
namespace outhaul::agent {

/// The command `tunnel run`, for the program's table.
options::Command tunnel_run_command();

/// Puts the flags between `tunnel` and `run` behind them, where the table has them; other command
/// lines stay as they are. The error about a flag of cloudflared that has no meaning here names
/// what does the same.
Result<std::vector<std::string>> reorder_tunnel_arguments(std::vector<std::string> arguments);

/// The command line of `outhaul run` that means the same. Without a tunnel on the command line its
/// id is taken from the token. Error kind `invalid` is wrong usage, every other the token's.
Result<std::vector<std::string>> arguments_of_run(const options::Invocation& invocation);

}  // namespace outhaul::agent
