#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "common/options/command_tree.h"
#include "common/options/completion.h"
#include "common/options/completion_words.h"

namespace outhaul::options {
namespace {

/// In single quotes, within which fish knows two escapes.
std::string fish_quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\\' || c == '\'') result.push_back('\\');
    result.push_back(c);
  }
  return result + "'";
}

/// The name of the function that prints the command before the cursor.
std::string function_name(const Program& program) {
  std::string name = "__" + program.name + "_command";
  std::ranges::replace(name, '-', '_');
  return name;
}

/// "complete -c outhaul -n '<at this command>'".
std::string line_start(const Program& program, const CommandNode& node) {
  return "complete -c " + program.name + " -n " +
         fish_quoted("test (" + function_name(program) + ") = \"" + shell_path(node.path) + "\"");
}

std::string value_part(const Option& option) {
  if (option.kind == OptionKind::boolean) return "";
  if (!option.choices.empty()) return " -x -a " + fish_quoted(spaced(option.choices));
  return option.kind == OptionKind::path ? " -r -F" : " -x";
}

std::string lines_of(const Program& program, const CommandNode& node) {
  const std::string start = line_start(program, node);
  std::string text;
  for (const CommandNode::Word& word : node.words)
    text += start + " -a " + fish_quoted(word.word) + " -d " + fish_quoted(word.summary) + "\n";
  if (node.path.empty()) {
    text += start + " -a help -d 'explain a command'\n";
    text += start + " -l version -d 'print the version'\n";
  }
  text += start + " -l help -s h -d 'show help'\n";
  if (node.command == nullptr) return text;
  for (const Positional& positional : node.command->positionals) {
    if (!positional.choices.empty())
      text += start + " -a " + fish_quoted(spaced(positional.choices)) + "\n";
  }
  for (const Option& option : node.command->options) {
    if (!option.has_flag()) continue;
    text += start + " -l " + option.name + value_part(option) + " -d " + fish_quoted(option.help) +
            "\n";
  }
  return text;
}

}  // namespace

std::string fish_completion(const Program& program) {
  const std::vector<CommandNode> nodes = command_tree(program);
  std::string text = completion_title(program, "fish");
  text += "function " + function_name(program) + R"(
    set -l command ''
    for word in (commandline -opc)[2..-1]
        switch "$command $word"
            case ' help'
            case )" +
          shell_path_patterns(nodes, " \\\n                ") +
          R"(
                set command "$command $word"
            case '*'
                break
        end
    end
    echo "$command"
end
complete -c )" +
          program.name + " -f\n";
  for (const CommandNode& node : nodes)
    text += lines_of(program, node);
  return text;
}

}  // namespace outhaul::options
