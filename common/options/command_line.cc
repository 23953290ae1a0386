#include "common/options/command_line.h"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "common/options/flag_parser.h"
#include "common/options/help.h"
#include "common/options/nearest.h"
#include "common/options/value_syntax.h"

namespace outhaul::options {
namespace {

Finish page(std::string text) {
  return Finish{0, std::move(text), {}};
}

Finish usage_error(const Error& error) {
  return failure(usage_exit_code, error.message);
}

std::string joined(std::span<const std::string> words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

bool is_group(const Program& program, std::string_view path) {
  const std::string start = std::string(path) + " ";
  return std::any_of(program.commands.begin(), program.commands.end(),
                     [&](const Command& command) { return command.path.starts_with(start); });
}

Finish topic_page(const Program& program, const Command& command, const std::string& topic) {
  const std::vector<std::string> topics = help_topics(command);
  if (std::find(topics.begin(), topics.end(), topic) != topics.end()) {
    return page(topic_help(program, command, topic));
  }
  std::string message =
      "no help topic " + in_quotes(topic) + " of " + program.name + " " + command.path;
  if (const auto guess = nearest(topic, topics)) message += "; did you mean " + *guess + "?";
  return failure(usage_exit_code, message);
}

/// The page for the words of a command, perhaps followed by a topic.
Finish help_page(const Program& program, std::span<const std::string> words) {
  if (words.empty()) return page(program_help(program));
  const std::string all = joined(words);
  if (const Command* command = find_command(program, all)) {
    return page(command_help(program, *command));
  }
  if (is_group(program, all)) return page(program_help(program, all));
  const Command* command = find_command(program, joined(words.first(words.size() - 1)));
  if (command != nullptr) return topic_page(program, *command, words.back());
  return usage_error(unknown_command(program, all));
}

bool asks_for_help(const std::string& word) {
  return word == "--help" || word == "-h";
}

/// Help works beside anything else on the line, even where that is wrong.
std::optional<Finish> find_help(const Program& program, std::span<const std::string> arguments) {
  if (arguments.empty()) return std::nullopt;
  if (arguments.front() == "help") return help_page(program, arguments.subspan(1));
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  const auto help = std::find_if(arguments.begin(), end, asks_for_help);
  if (help == end) return std::nullopt;
  std::vector<std::string> words;
  std::string path;
  for (auto word = arguments.begin(); word != help; ++word) {
    const std::string longer = path.empty() ? *word : path + " " + *word;
    const bool known = find_command(program, longer) != nullptr || is_group(program, longer);
    if (!known && (!path.empty() || word->starts_with("-"))) break;
    words.push_back(*word);
    path = longer;
  }
  const auto topic = help + 1;
  if (!words.empty() && topic != end && !topic->starts_with("-")) words.push_back(*topic);
  return help_page(program, words);
}

}  // namespace

CommandLine parse_command_line(const Program& program, std::span<const std::string> arguments,
                               const Environment& environment) {
  if (auto help = find_help(program, arguments)) return *std::move(help);
  if (!arguments.empty() && arguments.front() == "--version") {
    return page(program.name + " " + program.version + "\n");
  }
  auto parsed = parse_flags(program, arguments);
  if (!parsed) return usage_error(parsed.error());
  GivenValues given{std::move(parsed->flags), environment, {}, {}};
  Problems problems;
  ConfigurationFile file;
  if (parsed->command->reads_configuration) {
    file = read_configuration(program, choose_configuration(program, given), problems);
    given.file = file.values;
    given.file_path = file.path;
  }
  int exit_code = problems.empty() ? usage_exit_code : program.configuration_exit_code;
  Resolution resolution = resolve_all(parsed->command->options, program.environment_prefix, given);
  for (Problem& problem : resolution.problems) {
    if (problem.position.line > 0) exit_code = program.configuration_exit_code;
    problems.push_back(std::move(problem));
  }
  if (!problems.empty()) {
    if (const auto& look = parsed->command->look_closer) look(resolution.values, file, problems);
    sort_by_position(problems);
    return failures(exit_code, problems);
  }
  return Invocation{parsed->command, std::move(resolution.values), std::move(parsed->positionals),
                    std::move(given), std::move(file)};
}

int print(const Finish& finish) {
  std::fputs(finish.output_text.c_str(), stdout);
  // A full disk or a closed pipe must not look like success.
  const bool flushed = std::fflush(stdout) == 0;
  std::fputs(finish.error_text.c_str(), stderr);
  return finish.exit_code == 0 && !flushed ? 1 : finish.exit_code;
}

Finish failure(int exit_code, std::string_view message) {
  return failures(exit_code, {Problem{{}, std::string(message)}});
}

Finish failures(int exit_code, const Problems& problems) {
  Finish finish{exit_code, {}, {}};
  for (const Problem& problem : problems) {
    finish.error_text += "error: ";
    for (const char c : problem.message)
      finish.error_text.push_back(c == '\n' || c == '\r' ? ' ' : c);
    finish.error_text.push_back('\n');
  }
  return finish;
}

}  // namespace outhaul::options
