#include "common/options/flag_parser.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "common/options/nearest.h"
#include "common/options/value_syntax.h"

namespace outhaul::options {
namespace {

Error invalid(std::string message) {
  return Error{ErrorKind::invalid, std::move(message)};
}

/// A word of the command line for an error message. What came after "=" and the rest of a long word
/// could be a secret in the wrong place.
std::string shown(std::string_view word) {
  constexpr std::size_t shown_maximum = 32;
  constexpr std::size_t shown_start = 8;
  if (word.starts_with("-")) return in_quotes(word.substr(0, word.find('=')));
  if (word.size() <= shown_maximum) return in_quotes(word);
  std::string text = in_quotes(word.substr(0, shown_start));
  text.insert(text.size() - 1, "...");
  return text;
}

std::string see_help(const Program& program, std::string_view path) {
  std::string text = "; see " + program.name + " help";
  if (!path.empty()) text += " " + std::string(path);
  return text;
}

Error unknown_flag(const Program& program, const Command& command, std::string_view word) {
  const std::string_view name = word.substr(0, word.find('='));
  std::vector<std::string> flags = {"--help"};
  for (const Option& option : command.options) {
    const std::string flag = option.flag();
    if (option.has_flag()) {
      flags.push_back(flag);
    } else if (flag == name) {
      return invalid(flag + " is no flag, because every user of this machine can read command " +
                     "lines; set " + environment_name(option, program.environment_prefix) +
                     " or put it into a file");
    }
  }
  std::string message = "unknown flag " + shown(word);
  if (const auto guess = nearest(name, flags))
    return invalid(message + "; did you mean " + *guess + "?");
  return invalid(message + see_help(program, command.path));
}

/// The CLI11 application of a program, and what its nodes stand for.
class Parser {
 public:
  explicit Parser(const Program& program) : program_(program) {
    prepare(app_);
    for (const Command& command : program.commands)
      add(command);
  }

  Result<ParsedFlags> parse(std::span<const std::string> arguments) {
    try {
      // CLI11 takes the words from the back.
      app_.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::ArgumentMismatch& mismatch) {
      const std::string text = mismatch.what();
      return invalid(text.substr(0, text.find(':')) + " needs a value");
    } catch (const CLI::ParseError& problem) {
      return invalid(std::string(problem.what()));
    }
    const CLI::App* node = &app_;
    while (!node->get_subcommands().empty())
      node = node->get_subcommands().front();
    const auto found = commands_.find(node);
    if (found == commands_.end()) return no_command(*node);
    return collect(*node, *found->second);
  }

 private:
  static void prepare(CLI::App& node) {
    node.set_help_flag();
    node.allow_extras();
    node.require_subcommand(0, 1);
  }

  void add(const Command& command) {
    CLI::App* node = &app_;
    for (std::size_t end = 0; end < command.path.size();) {
      const std::size_t start = end == 0 ? 0 : end + 1;
      end = std::min(command.path.find(' ', start), command.path.size());
      CLI::App*& next = nodes_[command.path.substr(0, end)];
      if (next == nullptr) {
        next = node->add_subcommand(command.path.substr(start, end - start));
        prepare(*next);
      }
      node = next;
    }
    commands_.emplace(node, &command);
    for (const Option& option : command.options) {
      if (!option.has_flag()) continue;
      if (option.kind == OptionKind::boolean) {
        node->add_flag(option.flag());
      } else {
        node->add_option(option.flag())
            ->expected(1)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      }
    }
    for (const Positional& positional : command.positionals)
      node->add_option(positional.name);
  }

  Error no_command(const CLI::App& node) const {
    std::string words = path_of(node);
    const std::vector<std::string> rest = node.remaining();
    if (rest.empty()) {
      return invalid("no command given" + see_help(program_, words));
    }
    if (!words.empty()) words.push_back(' ');
    return unknown_command(program_, words + rest.front());
  }

  std::string path_of(const CLI::App& node) const {
    std::string path;
    for (const CLI::App* at = &node; at != &app_; at = at->get_parent()) {
      path = path.empty() ? at->get_name() : at->get_name() + " " + path;
    }
    return path;
  }

  Result<ParsedFlags> collect(const CLI::App& node, const Command& command) const {
    const std::vector<std::string> rest = node.remaining();
    for (const CLI::App* at = node.get_parent(); at != nullptr; at = at->get_parent()) {
      if (const auto outside = at->remaining(); !outside.empty()) {
        return invalid("unexpected " + shown(outside.front()) + " before the command; write " +
                       program_.name + " " + command.path + " first");
      }
    }
    ParsedFlags parsed{&command, {}, {}};
    for (const Option& option : command.options) {
      if (!option.has_flag()) continue;
      const CLI::Option* given = node.get_option(option.flag());
      if (given->count() == 0) continue;
      OUTHAUL_CHECK(check_not_a_flag(command, option, given->results()));
      parsed.flags.emplace(option.name, given->results());
    }
    if (!rest.empty()) {
      if (rest.front().starts_with("-")) return unknown_flag(program_, command, rest.front());
      return invalid("unexpected argument " + shown(rest.front()) +
                     see_help(program_, command.path));
    }
    for (const Positional& positional : command.positionals) {
      const CLI::Option* given = node.get_option(positional.name);
      if (given->count() == 0 && positional.optional) {
        parsed.positionals.emplace_back();
        continue;
      }
      if (given->count() == 0) {
        return invalid(positional.name + " is missing; write " + program_.name + " " +
                       command.path + " " + positional.name + see_help(program_, command.path));
      }
      parsed.positionals.push_back(given->results().front());
    }
    return parsed;
  }

  /// CLI11 takes the next word as the value, whatever it is.
  static Result<void> check_not_a_flag(const Command& command, const Option& option,
                                       const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      for (const Option& other : command.options) {
        if (value != other.flag() && !value.starts_with(other.flag() + "=")) continue;
        return invalid(option.flag() + " needs a value, but " + other.flag() + " follows it");
      }
    }
    return {};
  }

  const Program& program_;
  CLI::App app_;
  /// By path, as far as it goes: "tunnel", "tunnel create".
  std::map<std::string, CLI::App*> nodes_;
  std::map<const CLI::App*, const Command*> commands_;
};

}  // namespace

Error unknown_command(const Program& program, std::string_view words) {
  if (words.starts_with("-")) {
    std::vector<std::string> flags = {"--help", "--version"};
    const auto guess = nearest(words, flags);
    return invalid("unknown flag " + shown(words) +
                   (guess ? "; did you mean " + *guess + "?"
                          : "; write the command first" + see_help(program, {})));
  }
  std::vector<std::string> known = {"help"};
  for (const Command& command : program.commands)
    known.push_back(command.path);
  const std::string message = "unknown command " + shown(words);
  if (const auto guess = nearest(words, known)) {
    return invalid(message + "; did you mean " + program.name + " " + *guess + "?");
  }
  return invalid(message + see_help(program, {}));
}

Result<ParsedFlags> parse_flags(const Program& program, std::span<const std::string> arguments) {
  return Parser(program).parse(arguments);
}

}  // namespace outhaul::options
