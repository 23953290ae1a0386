#include <string>
#include <string_view>
#include <vector>

#include "common/options/command_tree.h"
#include "common/options/completion.h"
#include "common/options/completion_words.h"

namespace outhaul::options {
namespace {

std::string escaped(std::string_view text, std::string_view special) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || special.find(c) != std::string_view::npos) result.push_back('\\');
    result.push_back(c);
  }
  return result;
}

/// The part of an _arguments specification behind the option: ":MESSAGE:ACTION".
std::string value_part(std::string_view name, const std::vector<std::string>& choices,
                       bool is_file) {
  std::string text = ":" + escaped(name, ":") + ":";
  if (!choices.empty()) return text + "(" + spaced(choices) + ")";
  return is_file ? text + "_files" : text;
}

std::string option_specification(const Option& option) {
  const bool takes_value = option.kind != OptionKind::boolean;
  std::string text = option.kind == OptionKind::text_list ? "*" : "";
  text += option.flag();
  if (takes_value) text += "=";
  text += "[" + escaped(option.help, "[]") + "]";
  if (takes_value)
    text += value_part(option.value_name, option.choices, option.kind == OptionKind::path);
  return shell_quoted(text);
}

std::string arguments_of(const Command& command) {
  std::string text = "      _arguments -S '--help[explain this command]'";
  for (const Option& option : command.options) {
    if (option.has_flag()) text += " \\\n        " + option_specification(option);
  }
  std::size_t number = 0;
  for (const Positional& positional : command.positionals) {
    text += " \\\n        " + shell_quoted(std::to_string(++number) +
                                           value_part(positional.name, positional.choices, false));
  }
  return text + "\n";
}

std::string words_of(const CommandNode& node) {
  std::string text = "      subcommands=(";
  for (const CommandNode::Word& word : node.words)
    text += "\n        " + shell_quoted(escaped(word.word, ":") + ":" + word.summary);
  if (node.path.empty()) text += "\n        'help:explain a command'";
  return text + ")\n      ((CURRENT == 2)) && _describe -t commands command subcommands\n";
}

}  // namespace

std::string zsh_completion(const Program& program) {
  const std::vector<CommandNode> nodes = command_tree(program);
  std::string text = "#compdef " + program.name + "\n" + completion_title(program, "zsh");
  text += "_" + program.name + R"(() {
  local command=''
  local -a subcommands
  integer index
  for ((index = 2; index < CURRENT; ++index)); do
    case "$command $words[index]" in
      (' help') ;;
      ()" +
          shell_path_patterns(nodes, "|") +
          R"()
        command+=" $words[index]" ;;
      (*) break ;;
    esac
  done
  # What follows is completed as if the command were one word.
  words=("$words[1]" "${(@)words[index,-1]}")
  ((CURRENT -= index - 2))
  case $command in
)";
  for (const CommandNode& node : nodes) {
    text += "    (" + shell_quoted(shell_path(node.path)) + ")\n";
    if (!node.words.empty()) text += words_of(node);
    if (node.command != nullptr) text += arguments_of(*node.command);
    if (node.path.empty()) {
      text += "      _arguments '--help[list the commands]' '--version[print the version]'\n";
    }
    text += "      ;;\n";
  }
  text += "  esac\n}\n";
  // Found in $fpath, this file is the function's body; sourced, it has to register the function.
  text += "if [[ $funcstack[1] == _" + program.name + " ]]; then\n  _" + program.name +
          " \"$@\"\nelse\n  compdef _" + program.name + " " + program.name + "\nfi\n";
  return text;
}

}  // namespace outhaul::options
