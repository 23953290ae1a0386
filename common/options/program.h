#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/options/option.h"

namespace outhaul::options {

struct Positional {
  /// "NAME"
  std::string name = {};
  std::string help = {};
  /// The only values, for completion. Empty: any.
  std::vector<std::string> choices = {};
};

/// A block of options on a help page.
struct Group {
  std::string title = {};
  /// Empty: on the command's own page. Else the block has the page `help COMMAND TOPIC`, so that
  /// each page fits a screen.
  std::string topic = {};
};

struct Command {
  /// The words after the program's name: "tunnel create".
  std::string path = {};
  /// One line without a full stop.
  std::string summary = {};
  /// Paragraph for the command's own page; may be empty.
  std::string description = {};
  /// In the order of the help page.
  std::vector<Group> groups = {};
  std::vector<Option> options = {};
  /// All of them are required.
  std::vector<Positional> positionals = {};
  /// Whole command lines.
  std::vector<std::string> examples = {};
};

struct ExitCode {
  int code;
  std::string meaning = {};
};

/// Everything about a program's command line: parsed by command_line.h, shown by help.h,
/// documented by reference.h.
struct Program {
  std::string name = {};
  std::string version = {};
  std::string summary = {};
  /// Of the variables that belong to options: "OUTHAUL".
  std::string environment_prefix = {};
  std::vector<Command> commands = {};
  std::vector<ExitCode> exit_codes = {};
};

/// Null when no command has exactly these words.
const Command* find_command(const Program& program, std::string_view path);

}  // namespace outhaul::options
