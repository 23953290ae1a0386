#include <string>
#include <vector>

#include "common/options/command_tree.h"
#include "common/options/completion.h"
#include "common/options/completion_words.h"

namespace outhaul::options {
namespace {

/// Sorts the flags of all commands by what may follow them. Each entry is a pattern of a `case`
/// over "<path> <flag>".
struct FlagsWithValue {
  std::vector<std::string> files;
  std::vector<std::string> free;
  /// Pattern and words.
  std::vector<std::pair<std::string, std::string>> choices;

  explicit FlagsWithValue(const std::vector<CommandNode>& nodes) {
    for (const CommandNode& node : nodes) {
      if (node.command == nullptr) continue;
      for (const Option& option : node.command->options)
        add(node, option);
    }
  }

 private:
  void add(const CommandNode& node, const Option& option) {
    if (!option.has_flag() || option.kind == OptionKind::boolean) return;
    std::string pattern = shell_quoted(shell_path(node.path) + " " + option.flag());
    if (!option.choices.empty()) {
      choices.emplace_back(std::move(pattern), spaced(option.choices));
    } else if (option.kind == OptionKind::path) {
      files.push_back(std::move(pattern));
    } else {
      free.push_back(std::move(pattern));
    }
  }
};

std::string either(const std::vector<std::string>& patterns) {
  std::string text;
  for (const std::string& pattern : patterns)
    text += (text.empty() ? "" : " | \\\n      ") + pattern;
  return text;
}

std::string values(const std::vector<CommandNode>& nodes) {
  const FlagsWithValue flags(nodes);
  std::string text;
  if (!flags.files.empty()) {
    text += "    " + either(flags.files) + ")\n" +
            "      compopt -o filenames 2>/dev/null\n"
            "      mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
            "      return ;;\n";
  }
  for (const auto& [pattern, words] : flags.choices) {
    text += "    " + pattern + ")\n      mapfile -t COMPREPLY < <(compgen -W " +
            shell_quoted(words) + " -- \"$current\")\n      return ;;\n";
  }
  // Nobody can guess these.
  if (!flags.free.empty()) text += "    " + either(flags.free) + ")\n      return ;;\n";
  return text;
}

std::string words_of(const CommandNode& node) {
  std::vector<std::string> words;
  for (const CommandNode::Word& word : node.words)
    words.push_back(word.word);
  if (node.path.empty()) {
    words.insert(words.end(), {"help", "--version"});
  }
  if (node.command != nullptr) {
    for (const Positional& positional : node.command->positionals)
      words.insert(words.end(), positional.choices.begin(), positional.choices.end());
    for (const Option& option : node.command->options) {
      if (option.has_flag()) words.push_back(option.flag());
    }
  }
  words.emplace_back("--help");
  return spaced(words);
}

}  // namespace

std::string bash_completion(const Program& program) {
  const std::vector<CommandNode> nodes = command_tree(program);
  std::string text = completion_title(program, "bash");
  text += "_" + program.name + R"(() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local command='' words='' index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; ++index)); do
    case "$command ${COMP_WORDS[index]}" in
      ' help') ;;
      )" + shell_path_patterns(nodes, " | \\\n      ") +
          R"()
        command+=" ${COMP_WORDS[index]}" ;;
      *) break ;;
    esac
  done
  # bash takes --flag=value apart.
  if [[ $current == = ]]; then
    current=''
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD-2]}
  fi
  case "$command $previous" in
)" + values(nodes) +
          R"(  esac
  case "$command" in
)";
  for (const CommandNode& node : nodes) {
    text += "    " + shell_quoted(shell_path(node.path)) +
            ")\n      words=" + shell_quoted(words_of(node)) + " ;;\n";
  }
  text += R"(  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _)" +
          program.name + " " + program.name + "\n";
  return text;
}

}  // namespace outhaul::options
