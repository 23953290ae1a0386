#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "common/options/configuration_file.h"
#include "common/options/problem.h"
#include "common/options/program.h"
#include "common/options/resolve.h"
#include "common/options/values.h"

namespace outhaul::options {

/// Exit code of a program that was called the wrong way.
inline constexpr int usage_exit_code = 2;

/// A command to carry out.
struct Invocation {
  const Command* command;
  Values values;
  /// As many as the command has positionals; an optional one that was left out is empty.
  std::vector<std::string> positionals;
  /// Flags, environment and file as they were given: what a reload begins with.
  GivenValues given;
  /// Of a command that reads it.
  ConfigurationFile file;
};

/// Nothing to carry out: print and exit. `error_text` is one line starting with "error: ".
struct Finish {
  int exit_code = 0;
  std::string output_text;
  std::string error_text;
};

using CommandLine = std::variant<Invocation, Finish>;

/// Parses what follows the program's name. Help (-h, --help, help [COMMAND [TOPIC]]) and --version
/// end in Finish with exit code 0, every mistake in Finish with usage_exit_code; mistakes in a
/// configuration file, all of them, with the program's code for that. The program has to outlive
/// the result.
CommandLine parse_command_line(const Program& program, std::span<const std::string> arguments,
                               const Environment& environment);

/// Writes both texts, to standard output and standard error, and returns the exit code.
int print(const Finish& finish);

/// A failure as such a program reports it: "error: <message>" on one line.
Finish failure(int exit_code, std::string_view message);
/// The same of each problem.
Finish failures(int exit_code, const Problems& problems);

}  // namespace outhaul::options
