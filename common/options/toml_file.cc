#include "common/options/toml_file.h"

#include <algorithm>
#include <cctype>
#include <utility>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace outhaul::options {
namespace {

/// After so many broken lines the file is something else than a configuration.
constexpr int errors_maximum = 20;
/// How far back the beginning of a value that is not ended is looked for.
constexpr int open_value_lines_maximum = 500;
/// Stands in for the header of a section that cannot be read; what follows it is dropped.
constexpr std::string_view dropped_section = "outhaul-unreadable-section-";

TextPosition position_of(const toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}

TomlType type_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return TomlType::string;
    case toml::node_type::integer:
      return TomlType::integer;
    case toml::node_type::floating_point:
      return TomlType::real;
    case toml::node_type::boolean:
      return TomlType::boolean;
    case toml::node_type::array:
      return TomlType::array;
    case toml::node_type::table:
      return TomlType::table;
    default:
      return TomlType::date_time;
  }
}

// The nesting is limited by the parser.
TomlValue convert(const toml::node& node) {
  TomlValue value;
  value.type = type_of(node);
  value.position = position_of(node.source());
  if (const auto* string = node.as_string()) value.text = string->get();
  if (const auto* integer = node.as_integer()) value.text = std::to_string(integer->get());
  if (const auto* boolean = node.as_boolean()) value.text = boolean->get() ? "true" : "false";
  if (const auto* array = node.as_array()) {
    for (const toml::node& item : *array)
      value.items.push_back(convert(item));
  }
  if (const auto* table = node.as_table()) {
    for (auto&& [key, entry] : *table) {
      if (key.str().starts_with(dropped_section)) continue;
      value.entries.push_back({std::string(key.str()), position_of(key.source()), convert(entry)});
    }
    std::ranges::sort(value.entries, {}, &TomlEntry::position);
  }
  return value;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const std::size_t start = text.find_first_not_of(blank);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(blank) - start + 1);
}

bool is_key_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

std::string_view leading_key(std::string_view line) {
  const auto end = std::ranges::find_if_not(line, is_key_character);
  return line.substr(0, static_cast<std::size_t>(end - line.begin()));
}

bool is_repetition(std::string_view reason) {
  return reason.find("redefin") != std::string_view::npos;
}

/// A line that is wrong by itself can be left out. One that is only wrong where it stands follows a
/// list or text that was not ended, and so would every line behind it.
bool is_wrong_by_itself(std::string_view line) {
  return !toml::parse(line);
}

std::string fix_of_value(std::string_view key, std::string_view value) {
  if (value.empty()) return "write a value behind the =, or put # before the line";
  if (value.starts_with('"') || value.starts_with('\'')) {
    return "text begins and ends with the same quote, and \\ is written as \\\\";
  }
  if (value.starts_with('[')) return "a list is [\"ONE\", \"TWO\"], with commas between";
  if (value.starts_with("True") || value.starts_with("False")) {
    return "write true or false in small letters";
  }
  return "put text, durations and sizes into double quotes: " + std::string(key) + " = \"...\"";
}

/// What to write instead, by the looks of the line.
std::string fix_for(std::string_view line) {
  line = trimmed(line);
  if (line.starts_with("[[")) return "write a list of tables as [[NAME]], alone on its line";
  if (line.starts_with('[')) return "write a section as [service.\"UUID\"], alone on its line";
  const std::string_view key = leading_key(line);
  const std::string_view after_key = trimmed(line.substr(key.size()));
  if (key.empty()) return "write KEY = VALUE";
  if (after_key.starts_with(':')) return "write = instead of the colon";
  if (!after_key.starts_with('=')) return "write " + std::string(key) + " = VALUE";
  return fix_of_value(key, trimmed(after_key.substr(1)));
}

/// What the parser says, without its preamble, and never with a value in it.
std::string reason_of(std::string_view description) {
  constexpr std::string_view preamble = "Error while parsing ";
  if (description.starts_with(preamble)) description.remove_prefix(preamble.size());
  if (description.find("not representable") != std::string_view::npos) return "number too large";
  if (description.find("unescaped control") != std::string_view::npos) {
    return "the text does not end on its line";
  }
  return std::string(description);
}

std::string message_of(std::string_view line, const std::string& reason) {
  line = trimmed(line);
  if (is_repetition(reason)) {
    if (line.starts_with('[')) {
      return std::string(line) + ": this section is there already; put its keys together";
    }
    return std::string(leading_key(line)) + ": given twice; keep one of the two lines";
  }
  return "not TOML (" + reason + "); " + fix_for(line);
}

class Recovering {
 public:
  explicit Recovering(std::string_view text) : text_(text) {}

  TomlDocument run() {
    TomlDocument document;
    for (;;) {
      const toml::parse_result parsed = toml::parse(std::string_view(text_));
      if (parsed) {
        document.root = convert(parsed.table());
        return document;
      }
      const TextPosition at = position_of(parsed.error().source());
      const std::string reason = reason_of(parsed.error().description());
      const std::string line = line_at(at.line);
      if (is_repetition(reason) || is_wrong_by_itself(line)) {
        document.errors.push_back({at, message_of(line, reason)});
        drop(at.line, at.line);
      } else {
        const unsigned start = start_of_open_value(at.line);
        document.errors.push_back(
            {{start, 1},
             "not TOML (" + reason + "); a list or text that begins here is not ended, close it"});
        drop(start, std::max(start, at.line - 1));
      }
      if (++dropped_ > errors_maximum) return document;
    }
  }

 private:
  std::pair<std::size_t, std::size_t> bounds_of(unsigned number) const {
    std::size_t start = 0;
    for (unsigned line = 1; line < number; ++line) {
      const std::size_t end = text_.find('\n', start);
      if (end == std::string::npos) return {text_.size(), text_.size()};
      start = end + 1;
    }
    return {start, std::min(text_.find('\n', start), text_.size())};
  }

  std::string line_at(unsigned number) const {
    const auto [start, end] = bounds_of(number);
    return text_.substr(start, end - start);
  }

  /// The line of the value that makes a line wrong which is right by itself.
  unsigned start_of_open_value(unsigned number) const {
    unsigned start = number;
    for (int tries = 0; tries < open_value_lines_maximum && start > 1; ++tries) {
      const std::string_view before = std::string_view(text_).substr(0, bounds_of(start).first);
      if (toml::parse(before)) break;
      --start;
    }
    return start;
  }

  /// Blanks lines, so that those behind them keep their numbers.
  void drop(unsigned first, unsigned last) {
    const std::size_t start = bounds_of(first).first;
    const std::size_t end = bounds_of(last).second;
    std::string stand_in;
    if (trimmed(line_at(first)).starts_with('[')) {
      stand_in = "[" + std::string(dropped_section) + std::to_string(dropped_) + "]";
    }
    stand_in.append(last - first, '\n');
    text_.replace(start, end - start, stand_in);
  }

  std::string text_;
  int dropped_ = 0;
};

}  // namespace

std::string_view describe(TomlType type) {
  switch (type) {
    case TomlType::string:
      return "text";
    case TomlType::integer:
      return "a whole number";
    case TomlType::real:
      return "a number with a fraction";
    case TomlType::boolean:
      return "true or false";
    case TomlType::date_time:
      return "a date or time";
    case TomlType::array:
      return "a list";
    case TomlType::table:
      break;
  }
  return "a section";
}

TomlDocument parse_toml(std::string_view text) {
  return Recovering(text).run();
}

}  // namespace outhaul::options
