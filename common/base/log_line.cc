#include "common/base/log_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>

#include "common/base/number_text.h"
#include "common/base/utf8.h"

namespace outhaul {
namespace {

std::string_view shown_level(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return "TRACE";
    case LogLevel::debug:
      return "DEBUG";
    case LogLevel::info:
      return "INFO ";
    case LogLevel::warn:
      return "WARN ";
    case LogLevel::error:
      return "ERROR";
    case LogLevel::off:
      break;
  }
  return "OFF  ";
}

std::string_view colour_of(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
    case LogLevel::debug:
      return "\x1b[2m";
    case LogLevel::info:
      return "\x1b[32m";
    case LogLevel::warn:
      return "\x1b[33m";
    case LogLevel::error:
      return "\x1b[31m";
    case LogLevel::off:
      break;
  }
  return "";
}

constexpr std::string_view colour_end = "\x1b[0m";

/// Controls of both ranges, line separators, and the marks that turn the direction of text: all
/// that makes a terminal or a reader see something else than what is there.
bool is_dangerous(std::uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f) || code_point == 0x61c ||
         (code_point >= 0x200b && code_point <= 0x200f) ||
         (code_point >= 0x2028 && code_point <= 0x202e) ||
         (code_point >= 0x2060 && code_point <= 0x206f) || code_point == 0xfeff;
}

void append_hex(PooledText& line, std::uint32_t value, int digits) {
  static constexpr std::string_view alphabet = "0123456789abcdef";
  for (int digit = digits - 1; digit >= 0; --digit)
    line.push_back(alphabet[value >> (4 * digit) & 0xf]);
}

/// Not 0 when one of the eight bytes is no printable ASCII or needs an escape.
std::uint64_t unusual_bytes(std::uint64_t word) {
  constexpr std::uint64_t each = 0x0101010101010101U;
  const auto below = [word](std::uint64_t limit) { return (word - each * limit) & ~word; };
  const auto equal = [word](std::uint64_t byte) {
    const std::uint64_t difference = word ^ (each * byte);
    return (difference - each) & ~difference;
  };
  return (below(' ') | equal('"') | equal('\\') | equal(0x7f) | word) & (each * 0x80U);
}

/// How much of the text can be copied as it is: eight bytes at a time, for access lines are long
/// and their values hardly ever strange.
std::size_t usual_prefix(std::string_view text) {
  std::size_t size = 0;
  std::uint64_t word = 0;
  for (; text.size() - size >= sizeof word; size += sizeof word) {
    std::memcpy(&word, text.data() + size, sizeof word);
    if (unusual_bytes(word) != 0) break;
  }
  const auto is_usual = [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; };
  while (size < text.size() && is_usual(text[size]))
    ++size;
  return size;
}

/// Text between quotes, in the escapes of JSON. JSON cannot hold a stray byte: it becomes U+FFFD
/// there, and \xNN for people.
void append_quoted(PooledText& line, std::string_view text, bool json) {
  const bool cut = text.size() > log_value_size_maximum;
  if (cut) text = text.substr(0, log_value_size_maximum);
  line.push_back('"');
  for (;;) {
    const std::size_t usual = usual_prefix(text);
    line.append(text.data(), usual);
    text.remove_prefix(usual);
    if (text.empty()) break;
    const Utf8Character character = decode_utf8(text);
    if (character.length == 0) {
      // The last character of a cut text may be half of one; it says nothing.
      if (cut && text.size() < 4 && static_cast<unsigned char>(text.front()) >= 0xc2) break;
      if (json) {
        line += "\xef\xbf\xbd";
      } else {
        line += "\\x";
        append_hex(line, static_cast<unsigned char>(text.front()), 2);
      }
      text.remove_prefix(1);
      continue;
    }
    if (character.code_point == '"' || character.code_point == '\\') {
      line.push_back('\\');
      line += text.substr(0, 1);
    } else if (character.code_point == '\n') {
      line += "\\n";
    } else if (character.code_point == '\r') {
      line += "\\r";
    } else if (character.code_point == '\t') {
      line += "\\t";
    } else if (is_dangerous(character.code_point)) {
      line += "\\u";
      append_hex(line, character.code_point, 4);
    } else {
      line += text.substr(0, character.length);
    }
    text.remove_prefix(character.length);
  }
  if (cut) line += "...";
  line.push_back('"');
}

/// Text that a reader of key=value pairs cannot misread without quotes.
bool is_plain(std::string_view text) {
  return !text.empty() && text.size() <= log_value_size_maximum &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("-_.:/@+%[]").find(c) != std::string_view::npos;
         });
}

template <std::integral Number>
void append_integer(PooledText& line, Number number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  line.append(digits.data(), end);
}

struct ValueWriter {
  PooledText& line;
  bool json;

  void operator()(std::string_view text) const {
    if (!json && is_plain(text)) {
      line += text;
    } else {
      append_quoted(line, text, json);
    }
  }
  void operator()(bool value) const { line += value ? "true" : "false"; }
  void operator()(double value) const {
    if (json && !std::isfinite(value)) {
      line += "null";
    } else {
      std::string number;
      append_number(number, value);
      line += number;
    }
  }
  void operator()(std::int64_t value) const { append_integer(line, value); }
  void operator()(std::uint64_t value) const { append_integer(line, value); }
};

/// Of an ordinary access line, so that it does not grow step by step.
constexpr std::size_t usual_line_size = 700;

PooledText json_line(std::string_view time, LogLevel level, std::string_view event,
                     std::span<const LogField> fields) {
  PooledText line;
  line.reserve(usual_line_size);
  line.append("{\"time\":\"").append(time).append("\",\"level\":\"").append(to_string(level));
  line.append("\",\"event\":");
  append_quoted(line, event, true);
  for (const LogField& field : fields) {
    line.push_back(',');
    append_quoted(line, field.key, true);
    line.push_back(':');
    std::visit(ValueWriter{line, true}, field.value.variant());
  }
  line.push_back('}');
  return line;
}

PooledText human_line(bool coloured, std::string_view time, LogLevel level, std::string_view event,
                      std::span<const LogField> fields) {
  PooledText line;
  line.reserve(usual_line_size);
  line.append(time).push_back(' ');
  if (coloured) line += colour_of(level);
  line += shown_level(level);
  if (coloured) line += colour_end;
  line.push_back(' ');
  ValueWriter{line, false}(event);
  for (const LogField& field : fields) {
    line.push_back(' ');
    ValueWriter{line, false}(field.key);
    line.push_back('=');
    std::visit(ValueWriter{line, false}, field.value.variant());
  }
  return line;
}

void append_padded(PooledText& text, std::int64_t value, std::size_t width) {
  std::array<char, 20> digits{};
  std::size_t first = digits.size();
  for (auto rest = static_cast<std::uint64_t>(value); rest != 0 || digits.size() - first < width;
       rest /= 10)
    digits.at(--first) = static_cast<char>('0' + rest % 10);
  text.append(digits.data() + first, digits.size() - first);
}

}  // namespace

PooledText format_time(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<milliseconds>(time - day));
  PooledText text;
  text.reserve(24);
  append_padded(text, int{date.year()}, 4);
  text.push_back('-');
  append_padded(text, unsigned{date.month()}, 2);
  text.push_back('-');
  append_padded(text, unsigned{date.day()}, 2);
  text.push_back('T');
  append_padded(text, clock.hours().count(), 2);
  text.push_back(':');
  append_padded(text, clock.minutes().count(), 2);
  text.push_back(':');
  append_padded(text, clock.seconds().count(), 2);
  text.push_back('.');
  append_padded(text, clock.subseconds().count(), 3);
  text.push_back('Z');
  return text;
}

PooledText format_log_line(LogStyle style, std::chrono::system_clock::time_point time,
                           LogLevel level, std::string_view event,
                           std::span<const LogField> fields) {
  const PooledText shown_time = format_time(time);
  if (style == LogStyle::json) return json_line(shown_time, level, event, fields);
  return human_line(style == LogStyle::human_coloured, shown_time, level, event, fields);
}

}  // namespace outhaul
