#include "common/options/command_tree.h"

#include <algorithm>
#include <string_view>

namespace outhaul::options {
namespace {

CommandNode& node_at(std::vector<CommandNode>& nodes, const Program& program,
                     std::string_view path) {
  const auto known = std::ranges::find(nodes, path, &CommandNode::path);
  if (known != nodes.end()) return *known;
  nodes.push_back({.path = std::string(path), .command = find_command(program, path)});
  return nodes.back();
}

/// Of a word that only starts commands: "create, list, delete".
std::string last_words(const Program& program, std::string_view path) {
  std::string text;
  for (const Command& command : program.commands) {
    if (!command.path.starts_with(std::string(path) + " ")) continue;
    text += (text.empty() ? "" : ", ") + command.path.substr(path.size() + 1);
  }
  return text;
}

}  // namespace

std::vector<CommandNode> command_tree(const Program& program) {
  std::vector<CommandNode> nodes;
  node_at(nodes, program, {});
  for (const Command& command : program.commands) {
    std::string path;
    std::string_view rest = command.path;
    while (!rest.empty()) {
      const std::string word(rest.substr(0, rest.find(' ')));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      const std::string longer = path.empty() ? word : path + " " + word;
      std::vector<CommandNode::Word>& words = node_at(nodes, program, path).words;
      if (std::ranges::find(words, word, &CommandNode::Word::word) == words.end()) {
        const Command* reached = find_command(program, longer);
        words.push_back(
            {word, reached == nullptr ? last_words(program, longer) : reached->summary});
      }
      node_at(nodes, program, longer);
      path = longer;
    }
  }
  return nodes;
}

}  // namespace outhaul::options
