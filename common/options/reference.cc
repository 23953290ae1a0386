#include "common/options/reference.h"

#include "common/options/option_range.h"

namespace outhaul::options {
namespace {

/// A bar would end the cell of a table.
std::string cell(std::string_view text) {
  std::string result;
  for (char c : text) {
    if (c == '|') result.push_back('\\');
    result.push_back(c);
  }
  return result;
}

std::string code(std::string_view text) {
  return "`" + cell(text) + "`";
}

std::string_view kind_words(OptionKind kind) {
  switch (kind) {
    case OptionKind::text:
      return "text";
    case OptionKind::path:
      return "path";
    case OptionKind::integer:
      return "whole number";
    case OptionKind::duration:
      return "duration (`250ms`, `30s`, `5m`, `1h`)";
    case OptionKind::size:
      return "size (`512B`, `64KiB`, `1MiB`, `2GiB`)";
    case OptionKind::boolean:
      return "`true` or `false`";
    case OptionKind::text_list:
      return "list";
  }
  return "";
}

std::string values_of(const Option& option) {
  if (!option.choices.empty()) {
    std::string text;
    for (const std::string& choice : option.choices) {
      text += (text.empty() ? "" : ", ") + code(choice);
    }
    return text;
  }
  std::string text(kind_words(option.kind));
  const std::string range = range_text(option);
  return range.empty() ? text : text + ", " + range;
}

std::string default_of(const Option& option) {
  if (!option.default_text.empty()) return code(option.default_text);
  if (option.required) return "required";
  return cell(option.default_note);
}

void append_option(std::string& page, const Program& program, const Option& option) {
  const std::string value = option.kind == OptionKind::boolean ? "" : " " + option.value_name;
  page += "| " + (option.has_flag() ? code(option.flag() + value) : "none");
  page += " | " + code(environment_name(option, program.environment_prefix));
  page += " | " + (option.has_configuration_key() ? code(configuration_key(option)) : "none");
  page += " | " + values_of(option);
  page += " | " + default_of(option);
  page += " | " + cell(option.help) + " |\n";
}

void append_command(std::string& page, const Program& program, const Command& command) {
  page += "\n## " + program.name + " " + command.path;
  for (const Positional& positional : command.positionals)
    page += " " + positional.name;
  page += "\n\n" + command.summary + ".\n";
  if (!command.description.empty()) page += "\n" + command.description + "\n";
  if (!command.positionals.empty()) page.push_back('\n');
  for (const Positional& positional : command.positionals) {
    page += "- " + code(positional.name) + ": " + positional.help + "\n";
  }
  for (const Group& group : command.groups) {
    std::string rows;
    for (const Option& option : command.options) {
      if (option.group == group.title) append_option(rows, program, option);
    }
    if (rows.empty()) continue;
    page += "\n### " + group.title + "\n\n";
    page += "| flag | environment | key | values | default | meaning |\n";
    page += "|---|---|---|---|---|---|\n" + rows;
  }
  if (command.examples.empty()) return;
  page += "\n```\n";
  for (const std::string& example : command.examples)
    page += example + "\n";
  page += "```\n";
}

}  // namespace

std::string markdown_reference(const Program& program) {
  std::string page = "# " + program.name + ": command line\n\n";
  page += "Generated from the options table; `" + program.name + " help` shows the same.\n\n";
  page +=
      "A flag wins over its environment variable, that over the configuration key, that over the "
      "default. A list is taken whole from the first of them that has it. In the environment the "
      "items of a list are separated by commas, and an empty variable counts as unset.\n";
  for (const Command& command : program.commands)
    append_command(page, program, command);
  if (program.exit_codes.empty()) return page;
  page += "\n## Exit codes\n\n| code | meaning |\n|---|---|\n";
  for (const ExitCode& exit_code : program.exit_codes) {
    page += "| " + std::to_string(exit_code.code) + " | " + cell(exit_code.meaning) + " |\n";
  }
  return page;
}

}  // namespace outhaul::options
