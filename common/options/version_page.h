#pragma once

#include <string>
#include <string_view>

#include "common/options/command_line.h"
#include "common/options/program.h"

namespace outhaul::options {

/// What the program was made of: "nghttp2 1.52.0, c-ares 1.18.1" each.
struct Libraries {
  /// Part of the program's file, so that only a new package updates them.
  std::string_view built_in;
  /// Taken from the system when the program starts.
  std::string_view shared;
};

/// The command `version`, for the program's table.
Command version_command();

/// {"program", "version", "built_in": {library: version}, "shared": {...}} on one line.
std::string version_json(const Program& program, const Libraries& libraries);

/// Carries it out: the program's version and its libraries, as text or as one JSON object.
Finish run_version(const Program& program, const Libraries& libraries, const Values& values);

}  // namespace outhaul::options
