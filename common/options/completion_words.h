#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/options/command_tree.h"
#include "common/options/option.h"

/// What the completions of all shells are made of.
namespace outhaul::options {

/// Paths as the scripts keep them, a space before each word: " tunnel create".
std::string shell_path(std::string_view path);

/// All of them but the empty one, each quoted, joined by `separator`: the patterns of a `case`.
std::string shell_path_patterns(const std::vector<CommandNode>& nodes, std::string_view separator);

/// In single quotes, as bash and zsh read it.
std::string shell_quoted(std::string_view text);

/// "a b c"
std::string spaced(const std::vector<std::string>& words);

/// "# bash completion of outhaul 0.1.0; written by: outhaul completion bash"
std::string completion_title(const Program& program, std::string_view shell);

}  // namespace outhaul::options
