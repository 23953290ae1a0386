#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>

#include "common/net/pem.h"
#include "common/options/command_line.h"
#include "edge/admin/answer_text.h"
#include "edge/admin/api_caller.h"
#include "edge/exit_codes.h"
#include "edge/run.h"

namespace outhaul::edge {

namespace {

int fail(int exit_code, std::string_view message) {
  return options::print(options::failure(exit_code, message));
}

/// The JSON of a new service, at most a little more than the API takes.
Result<std::string> read_input(const std::filesystem::path& file) {
  if (file.empty()) return std::string();
  if (file != "-") {
    auto text = net::read_file(file.string(), max_api_body_bytes);
    if (!text) return Error{text.error().kind, "--file: " + text.error().message};
    return text;
  }
  std::string text{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  if (text.size() > max_api_body_bytes) {
    return Error{ErrorKind::limit, "standard input: over 64 KiB; send one service only"};
  }
  return text;
}

int print(const CommandOutput& output) {
  std::fputs(output.output_text.c_str(), stdout);
  if (!output.note_text.empty()) std::fputs((output.note_text + "\n").c_str(), stderr);
  return output.exit_code;
}

}  // namespace

int admin_command(const AdminCommand& command) {
  const auto input = read_input(command.file);
  if (!input) return fail(exit_configuration, input.error().message);
  const auto api = find_api(command);
  if (!api) {
    const bool unusable = api.error().kind != ErrorKind::system;
    return fail(unusable ? exit_configuration : exit_internal, api.error().message);
  }
  if (const std::string note = (*api)->note(); !note.empty()) {
    std::fputs(("note: " + note + "\n").c_str(), stderr);
  }
  const auto response = call_whole(**api, command, *input);
  if (!response) return fail(exit_internal, response.error().message);
  return print(describe_answer(command, *response));
}

}  // namespace outhaul::edge
