#pragma once

#include <string>
#include <vector>

#include "common/options/program.h"

namespace outhaul::options {

/// A place on the command line: nothing yet (""), a command ("run"), the first word of commands
/// ("tunnel"), or both.
struct CommandNode {
  struct Word {
    std::string word = {};
    std::string summary = {};
  };
  std::string path = {};
  /// Null when these words are only the start of commands.
  const Command* command = nullptr;
  /// What may follow.
  std::vector<Word> words = {};
};

/// All places, the one with the empty path first. Points into the program.
std::vector<CommandNode> command_tree(const Program& program);

}  // namespace outhaul::options
