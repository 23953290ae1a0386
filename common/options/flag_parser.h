#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/options/program.h"

namespace outhaul::options {

/// The command line taken apart, values not yet looked at.
struct ParsedFlags {
  const Command* command = nullptr;
  /// By option name.
  std::map<std::string, std::vector<std::string>, std::less<>> flags;
  std::vector<std::string> positionals;
};

/// Finds the command, its flags and its positionals. Error kind `invalid`; the message names the
/// word and suggests the nearest known one.
Result<ParsedFlags> parse_flags(const Program& program, std::span<const std::string> arguments);

/// The error for words that are no command: "unknown command ...; did you mean ...?".
Error unknown_command(const Program& program, std::string_view words);

}  // namespace outhaul::options
