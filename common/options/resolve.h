#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/options/option.h"
#include "common/options/problem.h"
#include "common/options/values.h"

namespace outhaul::options {

using Environment = std::map<std::string, std::string, std::less<>>;

/// The environment of this process.
Environment process_environment();

/// A value of a configuration file and where it stands: "outhaul.toml:12:7".
struct FileValue {
  std::vector<std::string> texts;
  std::string where;
  TextPosition position = {};
  /// Where each item of a list stands; empty for the rest.
  std::vector<FilePlace> items = {};
};

/// What was given, before anybody looked at it.
struct GivenValues {
  /// By option name, in the order of the command line.
  std::map<std::string, std::vector<std::string>, std::less<>> flags;
  Environment environment;
  /// By configuration key.
  std::map<std::string, FileValue, std::less<>> file;
  /// The file that they come from; empty without one.
  std::string file_path = {};
};

/// Chooses the value of each option - flag, then environment, then file, then default; a list is
/// taken whole from the first source that has it - and checks it. An empty environment variable
/// counts as unset. Error kind `invalid`: "<flag, variable or key>: <what is wrong and the fix>".
Result<Values> resolve(std::span<const Option> table, std::string_view environment_prefix,
                       const GivenValues& given);

/// The same for people who want to see every mistake: an option with a problem has its default, or
/// no value.
struct Resolution {
  Values values;
  Problems problems;
};
Resolution resolve_all(std::span<const Option> table, std::string_view environment_prefix,
                       const GivenValues& given);

/// Whether the text is a value of this option. The message does not name the option.
Result<void> check_value(const Option& option, std::string_view text);

}  // namespace outhaul::options
