#include "common/options/annotated_file.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "common/options/configuration_file.h"
#include "common/options/option_range.h"

namespace outhaul::options {
namespace {

constexpr std::size_t line_width = 98;

void append_comment(std::string& page, std::string_view text) {
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (column > 0 && column + 1 + word.size() > line_width) {
      page.push_back('\n');
      column = 0;
    }
    page += column == 0 ? "# " : " ";
    page += word;
    column += word.size() + (column == 0 ? 2 : 1);
  }
  page.push_back('\n');
}

/// Only words and digits stand in tables of options, nothing that TOML escapes.
std::string toml_text(std::string_view text) {
  return '"' + std::string(text) + '"';
}

std::string value_of(const Option& option) {
  const bool has_default = !option.default_text.empty();
  const std::string text = has_default ? option.default_text : option.value_name;
  switch (option.kind) {
    case OptionKind::integer:
      return has_default ? text : std::to_string(option.minimum);
    case OptionKind::boolean:
      return has_default ? text : "false";
    case OptionKind::text_list:
      return "[" + toml_text(text) + "]";
    case OptionKind::duration:
    case OptionKind::size:
    case OptionKind::text:
    case OptionKind::path:
      break;
  }
  return toml_text(text);
}

bool mentions_all(std::string_view text, const std::vector<std::string>& words) {
  return std::ranges::all_of(
      words, [&](const std::string& word) { return text.find(word) != std::string_view::npos; });
}

/// "one of a, b", "1s to 24h"; empty where the help says it.
std::string allowed(const Option& option) {
  if (option.choices.empty()) {
    const std::string range = range_text(option);
    return option.help.find(range) == std::string::npos ? range : std::string();
  }
  if (mentions_all(option.help, option.choices)) return {};
  std::string text = "one of";
  for (const std::string& choice : option.choices)
    text += (&choice == &option.choices.front() ? " " : ", ") + choice;
  return text;
}

std::string explained(const Option& option) {
  std::string text = option.help;
  if (option.required) text += " (required)";
  if (const std::string values = allowed(option); !values.empty()) text += "; " + values;
  if (option.default_text.empty() && option.kind != OptionKind::boolean) {
    text += "; default: " + (option.default_note.empty() ? "none" : option.default_note);
  }
  return text;
}

void append_keys(std::string& page, const std::vector<Option>& options) {
  for (const Option& option : options) {
    append_comment(page, explained(option));
    page += "#" + configuration_key(option) + " = " + value_of(option) + "\n";
  }
}

std::vector<Option> of_group(const std::vector<Option>& options, std::string_view group) {
  std::vector<Option> part;
  for (const Option& option : options) {
    if (option.group == group && option.has_configuration_key()) part.push_back(option);
  }
  return part;
}

/// A bar would end the cell of a table.
std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result.push_back('\\');
    result.push_back(c);
  }
  return result;
}

std::string code(std::string_view text) {
  return "`" + cell(text) + "`";
}

std::string_view type_words(OptionKind kind) {
  switch (kind) {
    case OptionKind::integer:
      return "whole number";
    case OptionKind::boolean:
      return "`true` or `false`";
    case OptionKind::text_list:
      return "list of texts";
    case OptionKind::duration:
      return "duration";
    case OptionKind::size:
      return "size";
    case OptionKind::text:
    case OptionKind::path:
      break;
  }
  return "text";
}

void append_rows(std::string& page, const Program& program, const std::vector<Option>& options,
                 bool with_flags) {
  page += with_flags ? "| key | flag | environment | values | default | meaning |\n"
                       "|---|---|---|---|---|---|\n"
                     : "| key | values | default | meaning |\n|---|---|---|---|\n";
  for (const Option& option : options) {
    page += "| " + code(configuration_key(option));
    if (with_flags) {
      page += " | " + (option.has_flag() ? code(option.flag()) : "none");
      page += " | " + code(environment_name(option, program.environment_prefix));
    }
    std::string values(type_words(option.kind));
    if (const std::string which = allowed(option); !which.empty()) values += ", " + cell(which);
    page += " | " + values + " | ";
    if (!option.default_text.empty()) {
      page += code(option.default_text);
    } else {
      const bool off = option.kind == OptionKind::boolean;
      page += option.required ? "required" : off ? "`false`" : cell(option.default_note);
    }
    page += " | " + cell(option.help) + " |\n";
  }
}

const Command& configured_command(const Program& program) {
  return *find_command(program, program.configuration.command);
}

}  // namespace

std::string annotated_configuration(const Program& program) {
  const ConfigurationSchema& schema = program.configuration;
  const Command& command = configured_command(program);
  std::string page;
  append_comment(page, "Configuration of " + program.name + ": " + schema.default_path);
  page += "#\n";
  append_comment(page,
                 "Every key is here, commented out, with its default; remove the # to change one. "
                 "A flag wins over its environment variable, that over this file. " +
                     program.name + " check config tells what is wrong and what is in force.");
  for (const Group& group : command.groups) {
    const std::vector<Option> options = of_group(command.options, group.title);
    if (options.empty()) continue;
    page += "\n# --- " + group.title + " ---\n\n";
    append_keys(page, options);
  }
  if (!schema.list.empty()) {
    page += "\n# --- " + schema.list + " ---\n#\n";
    append_comment(page, schema.list_summary + " Each entry is a table of its own.");
    page += "\n#[[" + schema.list + "]]\n";
    append_keys(page, schema.list_options);
  }
  if (schema.section.empty()) return page;
  page += "\n# --- Single " + schema.section + "s ---\n#\n";
  append_comment(page, "A section for a " + schema.section +
                           " changes what is said above for this one. It may have each of these "
                           "keys. Sections stand at the end of the file: a key behind a header "
                           "belongs to its section.");
  page += "\n#[" + schema.section + ".\"" + schema.section_value_name + "\"]\n";
  append_keys(page, schema.section_options);
  return page;
}

std::string configuration_reference(const Program& program) {
  const ConfigurationSchema& schema = program.configuration;
  const Command& command = configured_command(program);
  std::string page = "## " + program.name + "\n\n";
  page += "Flag `--config FILE`, variable `" + program.environment_prefix + "_CONFIG`, else `" +
          schema.default_path + "` if it exists.\n";
  for (const Group& group : command.groups) {
    const std::vector<Option> options = of_group(command.options, group.title);
    if (options.empty()) continue;
    page += "\n### " + group.title + "\n\n";
    append_rows(page, program, options, true);
  }
  if (!schema.list.empty()) {
    page += "\n### Entries " + code("[[" + schema.list + "]]") + "\n\n" + schema.list_summary +
            " These keys have neither flag nor variable.\n\n";
    append_rows(page, program, schema.list_options, false);
  }
  if (schema.section.empty()) return page;
  page += "\n### Sections " +
          code("[" + schema.section + ".\"" + schema.section_value_name + "\"]") + "\n\n";
  page += "For one " + schema.section +
          "; what is not given there is as above. These keys have neither flag nor variable "
          "there.\n\n";
  append_rows(page, program, schema.section_options, false);
  return page;
}

}  // namespace outhaul::options
