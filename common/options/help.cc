#include "common/options/help.h"

#include <algorithm>

namespace outhaul::options {
namespace {

constexpr std::size_t left_margin = 2;
constexpr std::size_t label_column_maximum = 32;

/// Appends `text` word by word from the current column on; further lines start at `indent`.
void append_wrapped(std::string& page, std::string_view text, std::size_t column,
                    std::size_t indent) {
  bool first = true;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (!first && column + 1 + word.size() > help_width) {
      page += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!first) {
      page.push_back(' ');
      ++column;
    }
    page += word;
    column += word.size();
    first = false;
  }
  page.push_back('\n');
}

struct Row {
  std::string label;
  std::string text;
};

void append_rows(std::string& page, const std::vector<Row>& rows) {
  std::size_t widest = 0;
  for (const Row& row : rows)
    widest = std::max(widest, row.label.size());
  const std::size_t column = left_margin + std::min(widest, label_column_maximum) + 2;
  for (const Row& row : rows) {
    std::string line = std::string(left_margin, ' ') + row.label;
    if (line.size() + 2 > column) {
      page += line + "\n";
      line.clear();
    }
    line.resize(column, ' ');
    page += line;
    append_wrapped(page, row.text, column, column);
  }
}

std::string label(const Option& option, std::string_view prefix) {
  if (!option.has_flag()) return environment_name(option, prefix);
  if (option.kind == OptionKind::boolean) return option.flag();
  return option.flag() + " " + option.value_name;
}

std::string described(const Option& option) {
  std::string text = option.help;
  if (option.required) text += " (required)";
  if (option.kind == OptionKind::text_list) text += " (repeatable)";
  if (!option.default_text.empty()) {
    text += " [" + option.default_text + "]";
  } else if (!option.default_note.empty()) {
    text += " [" + option.default_note + "]";
  }
  return text;
}

void append_groups(std::string& page, const Program& program, const Command& command,
                   std::string_view topic) {
  for (const Group& group : command.groups) {
    if (group.topic != topic) continue;
    std::vector<Row> rows;
    for (const Option& option : command.options) {
      if (option.group != group.title) continue;
      rows.push_back({label(option, program.environment_prefix), described(option)});
    }
    if (rows.empty()) continue;
    page += "\n" + group.title + ":\n";
    append_rows(page, rows);
  }
}

std::string usage(const Program& program, const Command& command) {
  std::string line = "Usage: " + program.name + " " + command.path;
  for (const Positional& positional : command.positionals)
    line += " " + positional.name;
  for (const Option& option : command.options) {
    if (option.required && option.has_flag()) line += " " + option.flag() + " " + option.value_name;
  }
  return line + (command.options.empty() ? "" : " [OPTIONS]");
}

void append_examples(std::string& page, const Command& command) {
  if (command.examples.empty()) return;
  page += "\nExamples:\n";
  for (const std::string& example : command.examples)
    page += "  " + example + "\n";
}

void append_exit_codes(std::string& page, const Program& program) {
  if (program.exit_codes.empty()) return;
  std::string text;
  for (const ExitCode& exit_code : program.exit_codes) {
    if (!text.empty()) text += ", ";
    text += std::to_string(exit_code.code) + " " + exit_code.meaning;
  }
  const std::string title = "Exit codes: ";
  page += "\n" + title;
  append_wrapped(page, text, title.size(), title.size());
}

/// Tells how the other forms of a flag are called, by an example of this command.
void append_forms(std::string& page, const Program& program, const Command& command) {
  for (const Option& option : command.options) {
    if (option.forms != OptionForms::all || option.name.find('-') == std::string::npos) continue;
    append_wrapped(page,
                   "Each flag has an environment variable, " + option.flag() + " is " +
                       environment_name(option, program.environment_prefix) +
                       "; a flag wins over it.",
                   0, 0);
    return;
  }
}

}  // namespace

std::string program_help(const Program& program, std::string_view prefix) {
  std::string page;
  append_wrapped(page, program.name + ": " + program.summary, 0, 0);
  const std::string start = prefix.empty() ? std::string() : std::string(prefix) + " ";
  page += "\nUsage: " + program.name + " " + start + "COMMAND [OPTIONS]\n\nCommands:\n";
  std::vector<Row> rows;
  for (const Command& command : program.commands) {
    if (!command.path.starts_with(start)) continue;
    std::string words = command.path;
    for (const Positional& positional : command.positionals)
      words += " " + positional.name;
    rows.push_back({std::move(words), command.summary});
  }
  append_rows(page, rows);
  append_exit_codes(page, program);
  page += "\n" + program.name + " help COMMAND explains a command.\n";
  return page;
}

std::string command_help(const Program& program, const Command& command) {
  std::string page;
  append_wrapped(page, program.name + " " + command.path + ": " + command.summary, 0, 0);
  page += "\n" + usage(program, command) + "\n";
  if (!command.description.empty()) {
    page.push_back('\n');
    append_wrapped(page, command.description, 0, 0);
  }
  if (!command.positionals.empty()) {
    page += "\nArguments:\n";
    std::vector<Row> rows;
    for (const Positional& positional : command.positionals) {
      rows.push_back({positional.name, positional.help});
    }
    append_rows(page, rows);
  }
  append_groups(page, program, command, {});
  append_examples(page, command);
  append_exit_codes(page, program);
  append_forms(page, program, command);
  std::string topics;
  for (const std::string& topic : help_topics(command))
    topics += (topics.empty() ? "" : " | ") + topic;
  if (!topics.empty()) {
    page += "More: " + program.name + " help " + command.path + " " + topics + "\n";
  }
  return page;
}

std::vector<std::string> help_topics(const Command& command) {
  std::vector<std::string> topics;
  for (const Group& group : command.groups) {
    const bool known = std::find(topics.begin(), topics.end(), group.topic) != topics.end();
    if (!group.topic.empty() && !known) topics.push_back(group.topic);
  }
  return topics;
}

std::string topic_help(const Program& program, const Command& command, std::string_view topic) {
  std::string page;
  append_wrapped(page, program.name + " " + command.path + ", " + std::string(topic), 0, 0);
  append_groups(page, program, command, topic);
  return page;
}

}  // namespace outhaul::options
