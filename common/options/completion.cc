#include "common/options/completion.h"

#include <array>

#include "common/options/completion_words.h"
#include "common/options/nearest.h"
#include "common/options/value_syntax.h"

namespace outhaul::options {

Command completion_command(std::string_view program_name) {
  const std::string name(program_name);
  return {
      .path = "completion",
      .summary = "print the completion script of a shell",
      .description =
          "The packages install it for all three shells; this is for other ways of "
          "installing.",
      .positionals = {{.name = "SHELL",
                       .help = "bash, zsh or fish",
                       .choices = {"bash", "zsh", "fish"}}},
      .examples = {"source <(" + name + " completion bash)",
                   name + " completion fish > ~/.config/fish/completions/" + name + ".fish"},
  };
}

Finish run_completion(const Program& program, std::string_view shell) {
  if (shell == "bash") return {0, bash_completion(program), {}};
  if (shell == "zsh") return {0, zsh_completion(program), {}};
  if (shell == "fish") return {0, fish_completion(program), {}};
  const std::array<std::string, 3> shells = {"bash", "zsh", "fish"};
  std::string message = "SHELL: no completion for " + in_quotes(shell);
  const auto guess = nearest(shell, shells);
  message += guess ? "; did you mean " + *guess + "?" : "; use bash, zsh or fish";
  return failure(usage_exit_code, message);
}

std::string shell_path(std::string_view path) {
  return path.empty() ? std::string() : " " + std::string(path);
}

std::string shell_path_patterns(const std::vector<CommandNode>& nodes, std::string_view separator) {
  std::string patterns;
  for (const CommandNode& node : nodes) {
    if (node.path.empty()) continue;
    if (!patterns.empty()) patterns += separator;
    patterns += shell_quoted(shell_path(node.path));
  }
  return patterns;
}

std::string shell_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted.push_back(c);
    }
  }
  return quoted + "'";
}

std::string spaced(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string completion_title(const Program& program, std::string_view shell) {
  return "# " + std::string(shell) + " completion of " + program.name + " " + program.version +
         "; written by: " + program.name + " completion " + std::string(shell) + "\n";
}

}  // namespace outhaul::options
