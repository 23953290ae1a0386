#pragma once

#include <string>

#include "common/options/command_line.h"
#include "common/options/configuration_file.h"
#include "common/options/problem.h"
#include "common/options/program.h"
#include "common/options/values.h"

/// What `check config` of both programs prints.
namespace outhaul::options {

/// A configuration file with all that the program's command would make of it.
struct CheckedConfiguration {
  ConfigurationFile file;
  Values values;
  Problems problems;
};

/// Reads the file that the command's optional positional, --config or the environment name, and
/// resolves the values with the environment, as if the program's command was called without flags.
CheckedConfiguration read_for_check(const Program& program, const Invocation& invocation);

/// What to print, with every problem. The exit code is 0 or the program's for a wrong
/// configuration.
Finish report(const Program& program, CheckedConfiguration checked, bool json);

/// The values in force and where each came from, for people: a line for each key, then each
/// section.
std::string report_text(const Program& program, const Values& values,
                        const ConfigurationFile& file);

/// {"file", "ok", "problems": [{"line"?, "column"?, "message"}], "values"?: [{"key", "value",
///  "source", "where"?}], "sections"?: [{"name", "where", "values"}]} on one line. "file" is null
/// without one; values and sections are there when all is well.
std::string report_json(const Program& program, const Values& values, const ConfigurationFile& file,
                        const Problems& problems);

}  // namespace outhaul::options
