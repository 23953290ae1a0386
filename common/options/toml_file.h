#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/options/problem.h"

namespace outhaul::options {

enum class TomlType : std::uint8_t { string, integer, real, boolean, date_time, array, table };

/// With its article, for messages: "a whole number".
std::string_view describe(TomlType type);

struct TomlEntry;

/// A value of a TOML document and where it stands.
struct TomlValue {
  TomlType type = TomlType::table;
  TextPosition position;
  /// Of a string, integer or boolean; empty for the rest.
  std::string text;
  /// Of an array.
  std::vector<TomlValue> items;
  /// Of a table, in the order of the file.
  std::vector<TomlEntry> entries;
};

struct TomlEntry {
  std::string key;
  TextPosition position;
  TomlValue value;
};

struct TomlDocument {
  TomlValue root;
  /// What is not TOML; messages without the position. The root holds what could be read all the
  /// same, so that one run shows the other mistakes as well.
  Problems errors;
};

/// Parses TOML 1.0. Never quotes values, which could be secrets in the wrong place.
TomlDocument parse_toml(std::string_view text);

}  // namespace outhaul::options
