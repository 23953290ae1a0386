#include "agent/install/settings_text.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace outhaul::agent {

namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines)
    text += line + "\n";
  return text;
}

std::string_view without(std::string_view text, std::string_view leading) {
  return text.substr(std::min(text.find_first_not_of(leading), text.size()));
}

/// Whether a line without its comment sign is "key = ...".
bool assigns(std::string_view line, std::string_view key) {
  line = without(line, " \t");
  return line.starts_with(key) && without(line.substr(key.size()), " \t").starts_with("=");
}

bool is_comment(std::string_view line) {
  return without(line, " \t").starts_with("#");
}

/// The index of the line that sets the key, or has it commented out.
std::optional<std::size_t> find(const std::vector<std::string>& lines, std::string_view key,
                                bool commented) {
  for (std::size_t index = 0; index < lines.size(); ++index) {
    const std::string_view line = lines[index];
    // From the first table on, keys belong to tables.
    if (without(line, " \t").starts_with("[")) return std::nullopt;
    if (is_comment(line) == commented && assigns(commented ? without(line, "# \t") : line, key)) {
      return index;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string set_setting(std::string_view text, std::string_view key, std::string_view value) {
  std::vector<std::string> lines = lines_of(text);
  const std::string line = std::string(key) + " = " + std::string(value);
  auto place = find(lines, key, false);
  if (!place) place = find(lines, key, true);
  if (place) {
    lines[*place] = line;
  } else {
    lines.insert(lines.begin(), line);
  }
  return joined(lines);
}

std::string unset_setting(std::string_view text, std::string_view key) {
  std::vector<std::string> lines = lines_of(text);
  if (const auto place = find(lines, key, false)) lines[*place].insert(0, "#");
  return joined(lines);
}

std::string toml_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return quoted + "\"";
}

}  // namespace outhaul::agent
