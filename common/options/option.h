#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace outhaul::options {

enum class OptionKind : std::uint8_t {
  text,
  path,
  integer,    ///< decimal, 64 bits
  duration,   ///< "250ms", "30s", "5m", "1h"; kept in milliseconds
  size,       ///< "64KiB", "1MiB", "2GiB" or bytes as "512B"; kept in bytes
  boolean,    ///< a bare flag, or true / false
  text_list,  ///< may be given several times; in the environment separated by commas
};

/// In which forms an option exists. Whatever is secret has no flag: every user of a machine can
/// read the command lines of all its processes.
enum class OptionForms : std::uint8_t {
  all,
  environment_and_file,
  environment,
  /// For what is asked once, and for the place of the file itself.
  flag_and_environment,
};

/// One row of an options table: the flag, the environment variable, the configuration key and the
/// documentation all come from it.
///
///   Option{.name = "edge-ca", .kind = OptionKind::path, .help = "...", .group = "Edge",
///          .value_name = "FILE"}
///
/// is --edge-ca FILE, OUTHAUL_EDGE_CA=FILE and edge_ca = "FILE".
struct Option {
  /// Lower case with hyphens, without the leading "--".
  std::string name = {};
  OptionKind kind = OptionKind::text;
  /// In the syntax of the flag. Empty: no default.
  std::string default_text = {};
  /// What takes the place of a default, for help only: "from the token".
  std::string default_note = {};
  /// One sentence without a full stop.
  std::string help = {};
  /// Title of the block of the help page that shows it; one of the command's groups.
  std::string group = {};
  /// Stands for the value in help: "FILE".
  std::string value_name = {};
  bool required = false;
  OptionForms forms = OptionForms::all;
  /// Empty: derived from the name.
  std::string environment = {};
  /// Inclusive bounds for integer, duration (milliseconds) and size (bytes).
  std::int64_t minimum = 0;
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  /// Durations and sizes have to be a multiple of this many milliseconds or bytes.
  std::int64_t multiple_of = 1;
  /// The only values of a text. Empty: any.
  std::vector<std::string> choices = {};

  bool has_flag() const {
    return forms == OptionForms::all || forms == OptionForms::flag_and_environment;
  }
  bool has_configuration_key() const {
    return forms == OptionForms::all || forms == OptionForms::environment_and_file;
  }
  std::string flag() const { return "--" + name; }
};

/// The name in the environment: the given one, or prefix_NAME as in OUTHAUL_EDGE_CA.
std::string environment_name(const Option& option, std::string_view prefix);

/// The key in the configuration file: edge_ca.
std::string configuration_key(const Option& option);

}  // namespace outhaul::options
