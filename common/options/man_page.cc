#include "common/options/man_page.h"

#include <string_view>

#include "common/options/option_range.h"

namespace outhaul::options {
namespace {

/// Text that roff prints as it is: hyphens stay hyphens, and no line is taken for a request.
std::string text(std::string_view plain) {
  std::string result;
  if (plain.starts_with(".") || plain.starts_with("'")) result = "\\&";
  for (const char c : plain) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result.push_back(c);
    }
  }
  return result;
}

std::string bold(std::string_view plain) {
  return "\\fB" + text(plain) + "\\fR";
}

std::string italic(std::string_view plain) {
  return "\\fI" + text(plain) + "\\fR";
}

std::string upper(std::string_view name) {
  std::string result;
  for (const char c : name)
    result.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  return result;
}

std::string title(std::string_view name, int section, const Program& program, const ManPage& page,
                  std::string_view summary) {
  return ".\\\" Written from the option table; see common/options/man_page.cc.\n.TH " +
         text(upper(name)) + " " + std::to_string(section) + " \"" + page.date + "\" \"" +
         text(program.name) + " " + program.version + "\"\n.SH NAME\n" + text(name) + " \\- " +
         text(summary) + "\n";
}

std::string paragraphs(const std::vector<std::string>& list) {
  std::string result;
  for (const std::string& paragraph : list)
    result += (result.empty() ? "" : ".PP\n") + text(paragraph) + "\n";
  return result;
}

/// "The help; 1 to 16. Default: 4."
std::string explanation(const Option& option) {
  std::string line = option.help;
  if (const std::string range = range_text(option); !range.empty()) line += "; " + range;
  if (option.required) line += "; required";
  line += ".";
  if (!option.default_text.empty()) {
    line += " Default: " + option.default_text + ".";
  } else if (!option.default_note.empty()) {
    line += " Default: " + option.default_note + ".";
  }
  return text(line);
}

std::string flag_entry(const Program& program, const Option& option) {
  const std::string variable = environment_name(option, program.environment_prefix);
  if (!option.has_flag()) return ".TP\n" + bold(variable) + "\n" + explanation(option) + "\n";
  std::string head = bold(option.flag());
  if (option.kind != OptionKind::boolean) head += " " + italic(option.value_name);
  std::string body = explanation(option);
  if (option.kind == OptionKind::text_list) body += " May be repeated.";
  return ".TP\n" + head + "\n" + body + " Environment: " + bold(variable) + ".\n";
}

std::string command_section(const Program& program, const Command& command) {
  std::string section = ".SS " + bold(program.name + " " + command.path);
  for (const Positional& positional : command.positionals)
    section += " " + italic(positional.name);
  section += "\n" + text(command.summary) + ".\n";
  if (!command.description.empty()) section += ".PP\n" + text(command.description) + "\n";
  for (const Positional& positional : command.positionals)
    section += ".TP\n" + italic(positional.name) + "\n" + text(positional.help) + ".\n";
  for (const Option& option : command.options)
    section += flag_entry(program, option);
  for (const std::string& example : command.examples)
    section += ".PP\nExample:\n.PP\n.EX\n    " + text(example) + "\n.EE\n";
  return section;
}

std::string files_and_links(const ManPage& page) {
  std::string section;
  if (!page.files.empty()) section += ".SH FILES\n";
  for (const ManPage::File& file : page.files)
    section += ".TP\n" + italic(file.path) + "\n" + text(file.help) + "\n";
  if (page.see_also.empty()) return section;
  section += ".SH SEE ALSO\n";
  std::string links;
  for (const std::string& name : page.see_also)
    links += (links.empty() ? "" : ",\n") + bold(name.substr(0, name.find('('))) +
             name.substr(name.find('('));
  return section + links + "\n";
}

}  // namespace

std::string program_man_page(const Program& program, const ManPage& page) {
  std::string result = title(program.name, 1, program, page, program.summary);
  result += ".SH SYNOPSIS\n" + bold(program.name) + " " + italic("COMMAND") +
            " [\\fIOPTIONS\\fR]\n.br\n" + bold(program.name + " help") + " [" + italic("COMMAND") +
            "]\n.SH DESCRIPTION\n" + paragraphs(page.description) +
            ".PP\nEach flag has an environment variable; a flag wins over it.\n.SH COMMANDS\n";
  for (const Command& command : program.commands)
    result += command_section(program, command);
  result += ".SH EXIT STATUS\n";
  for (const ExitCode& code : program.exit_codes)
    result += ".TP\n" + bold(std::to_string(code.code)) + "\n" + text(code.meaning) + ".\n";
  return result + files_and_links(page);
}

std::string configuration_man_page(const Program& program, const Command& command,
                                   const std::string& file_name, const ManPage& page) {
  const std::string summary = "configuration of " + program.name + " " + command.path;
  std::string result = title(file_name, 5, program, page, summary);
  result += ".SH DESCRIPTION\n" + paragraphs(page.description);
  for (const Group& group : command.groups) {
    std::string entries;
    for (const Option& option : command.options) {
      if (option.group != group.title || !option.has_configuration_key()) continue;
      std::string value = option.kind == OptionKind::boolean ? "true" : option.value_name;
      if (option.kind == OptionKind::text_list) value = "[" + value + ", ...]";
      entries += ".TP\n" + bold(configuration_key(option)) + " = " + italic(value) + "\n" +
                 explanation(option) + "\n";
    }
    if (!entries.empty()) result += ".SH " + text(upper(group.title)) + "\n" + entries;
  }
  return result + files_and_links(page);
}

}  // namespace outhaul::options
