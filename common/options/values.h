#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/options/option.h"
#include "common/options/problem.h"

namespace outhaul::options {

/// Where a value came from; an earlier one wins.
enum class Source : std::uint8_t { flag, environment, file, default_value };

/// "flag", "environment", "file", "default".
std::string_view to_string(Source source);

/// Where one value of a configuration file stands: "outhaul.toml:12:7".
struct FilePlace {
  std::string where;
  TextPosition position;
};

/// The values of one command's options. resolve() has checked each of them against its kind, range
/// and choices, so the getters cannot fail; asking for an option that is not in the table, or by
/// the wrong type, throws std::logic_error.
class Values {
 public:
  /// Whether there is a value, be it the default.
  bool has(std::string_view name) const { return !find(name).texts.empty(); }
  /// Whether somebody gave it.
  bool is_given(std::string_view name) const { return source(name) != Source::default_value; }
  Source source(std::string_view name) const { return find(name).source; }
  /// What the giver wrote it as: "--edge", "OUTHAUL_EDGE" or "outhaul.toml:12: edge".
  const std::string& origin(std::string_view name) const { return find(name).origin; }

  /// As it was given, whatever its kind; empty without a value.
  std::span<const std::string> texts(std::string_view name) const { return find(name).texts; }

  /// Empty without a value.
  std::string text(std::string_view name) const;
  std::filesystem::path path(std::string_view name) const;
  std::span<const std::string> list(std::string_view name) const;
  /// False without a value.
  bool boolean(std::string_view name) const;
  /// These three need a value: a default, or has().
  std::int64_t integer(std::string_view name) const;
  std::chrono::milliseconds duration(std::string_view name) const;
  std::int64_t size(std::string_view name) const;

  /// An error about this option by a check of its user: "<origin>: <message>".
  Error error(std::string_view name, std::string_view message) const;
  /// The same as a problem, with its place in the file. `item` is the index in a list.
  Problem problem(std::string_view name, std::string_view message, std::size_t item = 0) const;

 private:
  friend class Resolver;
  struct Value {
    OptionKind kind = OptionKind::text;
    Source source = Source::default_value;
    std::string origin;
    std::vector<std::string> texts;
    TextPosition position{};
    std::vector<FilePlace> items{};
  };

  const Value& find(std::string_view name) const;
  const Value& find(std::string_view name, OptionKind kind) const;
  const std::string& single(std::string_view name, OptionKind kind) const;

  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace outhaul::options
