#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/options/problem.h"
#include "common/options/program.h"
#include "common/options/resolve.h"

namespace outhaul::options {

using FileValues = std::map<std::string, FileValue, std::less<>>;

/// A table [service."NAME"] of the file, or one of those that are a list, as [[ingress]].
struct FileSection {
  /// Empty in a list.
  std::string name;
  /// Of its header.
  FilePlace place;
  /// By configuration key.
  FileValues values;
};

/// What stands in a configuration file, by the types that the keys have; the values themselves are
/// for resolve() to judge.
struct ConfigurationFile {
  /// Empty: there is none.
  std::string path;
  FileValues values;
  std::vector<FileSection> sections;
  /// Of the list, in its order.
  std::vector<FileSection> entries;
};

/// Which file a command line and an environment mean.
struct ConfigurationPath {
  /// The given one, else the default one whether it exists or not. Empty: the program has none.
  std::string path;
  /// Somebody named it: it has to exist.
  bool is_given = false;
};
ConfigurationPath choose_configuration(const Program& program, const GivenValues& given);

/// Reads the text of a file; `path` is for messages. Whatever is wrong goes to `problems`: broken
/// TOML, unknown keys with the nearest known one, keys in the wrong place, wrong types, secrets.
/// What is right is in the result all the same.
ConfigurationFile parse_configuration(const Program& program, const std::string& path,
                                      std::string_view text, Problems& problems);

/// The same from the disk. A default file that does not exist is no problem, and no file either.
ConfigurationFile read_configuration(const Program& program, const ConfigurationPath& path,
                                     Problems& problems);

/// "PATH:LINE:COLUMN"
std::string place_text(std::string_view path, TextPosition position);

/// The options that are keys at the top of the file.
std::vector<Option> top_level_options(const Program& program);

}  // namespace outhaul::options
