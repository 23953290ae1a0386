#include "common/options/environment_template.h"

#include <functional>
#include <string_view>

#include "common/options/option_range.h"

namespace outhaul::options {
namespace {

/// What stands on the right, as an example or as the default.
std::string sample(const Option& option) {
  if (!option.default_text.empty()) return option.default_text;
  if (option.kind == OptionKind::boolean) return "false";
  return option.value_name;
}

std::string comment(const Option& option) {
  std::string text = "# " + option.help;
  if (const std::string range = range_text(option); !range.empty()) text += "; " + range;
  if (option.required) text += "; required";
  if (option.default_text.empty() && !option.default_note.empty())
    text += "; default: " + option.default_note;
  return text + "\n";
}

std::string head(const Program& program, const Command& command, const EnvironmentFile& file,
                 std::string_view precedence) {
  return "# " + file.path + ": settings of " + program.name + " " + command.path +
         ".\n# What is commented out is the default, or stands in capitals for your value. " +
         std::string(precedence) + "\n# After a change: " + file.apply + "\n";
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

std::string environment_template(const Program& program, const Command& command,
                                 const EnvironmentFile& file) {
  const auto entry = [&program](const Option& option) {
    // A secret belongs into a file with less readers.
    if (option.forms == OptionForms::environment) return std::string();
    return "\n" + comment(option) + "#" + environment_name(option, program.environment_prefix) +
           "=" + sample(option) + "\n";
  };
  return head(program, command, file, "Commas separate the items of a list.") +
         by_group(command, entry);
}

}  // namespace outhaul::options
