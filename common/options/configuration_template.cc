#include "common/options/configuration_template.h"

#include <chrono>
#include <functional>
#include <limits>
#include <string_view>

#include "common/options/value_syntax.h"

namespace outhaul::options {
namespace {

std::string amount(const Option& option, std::int64_t value) {
  if (option.kind == OptionKind::duration) return format_duration(std::chrono::milliseconds(value));
  if (option.kind == OptionKind::size) return format_size(value);
  return std::to_string(value);
}

bool has_amount(const Option& option) {
  return option.kind == OptionKind::integer || option.kind == OptionKind::duration ||
         option.kind == OptionKind::size;
}

/// What stands on the right, as an example or as the default.
std::string sample(const Option& option) {
  if (!option.default_text.empty()) return option.default_text;
  if (option.kind == OptionKind::boolean) return "false";
  return option.value_name;
}

std::string toml_value(const Option& option) {
  const std::string text = sample(option);
  if (option.kind == OptionKind::integer || option.kind == OptionKind::boolean) return text;
  if (option.kind == OptionKind::text_list) return "[\"" + text + "\"]";
  return "\"" + text + "\"";
}

std::string comment(const Option& option) {
  std::string text = "# " + option.help;
  if (const std::string range = value_range(option); !range.empty()) text += "; " + range;
  if (option.required) text += "; required";
  if (option.default_text.empty() && !option.default_note.empty())
    text += "; default: " + option.default_note;
  return text + "\n";
}

std::string head(const Program& program, const Command& command, const TemplateFiles& files,
                 std::string_view precedence) {
  return "# " + files.path + ": settings of " + program.name + " " + command.path +
         ".\n# What is commented out is the default, or stands in capitals for your value. " +
         std::string(precedence) + "\n# After a change: " + files.apply + "\n";
}

std::string by_group(const Command& command,
                     const std::function<std::string(const Option&)>& entry) {
  std::string text;
  for (const Group& group : command.groups) {
    std::string entries;
    for (const Option& option : command.options) {
      if (option.group == group.title) entries += entry(option);
    }
    if (!entries.empty()) text += "\n# --- " + group.title + " ---\n" + entries;
  }
  return text;
}

}  // namespace

std::string value_range(const Option& option) {
  if (!has_amount(option)) return "";
  const std::string least = amount(option, option.minimum);
  if (option.maximum == std::numeric_limits<std::int64_t>::max())
    return option.minimum == 0 ? "" : "at least " + least;
  const std::string range = least + " to " + amount(option, option.maximum);
  return option.help.find(range) == std::string::npos ? range : "";
}

std::string configuration_template(const Program& program, const Command& command,
                                   const TemplateFiles& files) {
  const auto entry = [](const Option& option) -> std::string {
    if (!option.has_configuration_key()) return {};
    return "\n" + comment(option) + "#" + configuration_key(option) + " = " + toml_value(option) +
           "\n";
  };
  return head(program, command, files, "Flags and the environment win over this file.") +
         by_group(command, entry);
}

std::string environment_template(const Program& program, const Command& command,
                                 const TemplateFiles& files) {
  const auto entry = [&program](const Option& option) {
    // A secret belongs into a file with less readers.
    if (option.forms == OptionForms::environment) return std::string();
    return "\n" + comment(option) + "#" + environment_name(option, program.environment_prefix) +
           "=" + sample(option) + "\n";
  };
  return head(program, command, files, "Commas separate the items of a list.") +
         by_group(command, entry);
}

}  // namespace outhaul::options
