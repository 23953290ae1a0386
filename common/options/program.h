#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/options/option.h"
#include "common/options/problem.h"

namespace outhaul::options {

struct Positional {
  /// "NAME"
  std::string name = {};
  std::string help = {};
  /// May be left out; only the last one of a command.
  bool optional = false;
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

class Values;
struct ConfigurationFile;

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
  std::vector<Positional> positionals = {};
  /// Whole command lines.
  std::vector<std::string> examples = {};
  /// Takes values from the configuration file; has the option `config`.
  bool reads_configuration = false;
  /// Looks for mistakes that the table cannot know. Called when there are others already, so that
  /// people see all at once; else the command finds them itself. May be empty.
  std::function<void(const Values&, const ConfigurationFile&, Problems&)> look_closer = {};
};

/// What may stand in the program's configuration file besides the keys of `command`.
struct ConfigurationSchema {
  /// Read when it exists and no other is given. Empty: the program has no configuration file.
  std::string default_path = {};
  /// The command whose options are the keys at the top.
  std::string command = {};
  /// Tables [SECTION."NAME"] with keys of their own. Empty: there are none.
  std::string section = {};
  /// What NAME stands for, for messages: "UUID".
  std::string section_value_name = {};
  std::vector<Option> section_options = {};
  /// Tables [[LIST]] with keys of their own, whose order counts. Empty: there are none.
  std::string list = {};
  /// What they are for; one paragraph.
  std::string list_summary = {};
  std::vector<Option> list_options = {};
  /// Keys that people try, and why they must not stand there: {"token", "put it into a file..."}.
  std::vector<std::pair<std::string, std::string>> refused_keys = {};
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
  ConfigurationSchema configuration = {};
  /// When the configuration file is wrong.
  int configuration_exit_code = 1;
};

/// Null when no command has exactly these words.
const Command* find_command(const Program& program, std::string_view path);

}  // namespace outhaul::options
