#pragma once

#include <string>
#include <string_view>

#include "common/options/command_line.h"
#include "common/options/program.h"

/// Shell completion of a program's whole command line, written from its option table.
namespace outhaul::options {

/// The command `completion SHELL`, for the program's table.
Command completion_command(std::string_view program_name);

/// Carries it out: the script for bash, zsh or fish, or a usage error.
Finish run_completion(const Program& program, std::string_view shell);

// What the shells read. Each script stands alone: it needs no completion package.
std::string bash_completion(const Program& program);
std::string zsh_completion(const Program& program);
std::string fish_completion(const Program& program);

}  // namespace outhaul::options
