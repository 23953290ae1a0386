#pragma once

#include <string>

#include "common/base/result.h"
#include "edge/api/message.h"
#include "edge/options.h"

namespace outhaul::edge {

/// What a command prints, and how it ends.
struct CommandOutput {
  int exit_code = 0;
  std::string output_text;  ///< standard output
  std::string note_text;    ///< standard error: a hint, or the one line of an error
};

/// Turns the API's answer to `command` into text: tables for people, the result's JSON with
/// `command.json`; a new token stands alone on standard output. Failures become one line with a
/// documented exit code.
CommandOutput describe_answer(const AdminCommand& command, const ApiResponse& response);

/// What the API says of a call that failed (status 400 and above), on one line.
std::string failure_message(const ApiResponse& response);

/// The API call that carries out `command`; `file_text` is the content of its file. A list asks for
/// page `page`.
ApiRequest request_for(const AdminCommand& command, const std::string& file_text, int page);

/// Whether a list goes on behind this page.
bool has_more(const ApiResponse& response);
/// One list answer with the results of both.
ApiResponse join_pages(const ApiResponse& first, const ApiResponse& second);

}  // namespace outhaul::edge
