#include "edge/directory/json_reader.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

namespace outhaul::edge {
namespace {

using nlohmann::json;

/// `byte` counts from 1; one past the end means that the text stopped too early.
std::string describe_position(std::string_view text, std::size_t byte) {
  const std::size_t at = std::clamp<std::size_t>(byte, 1, text.size() + 1) - 1;
  const std::string_view before = text.substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = newline == std::string_view::npos ? at + 1 : at - newline;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

Error syntax_error(std::string_view text, std::size_t byte) {
  const bool ended = byte > text.size();
  return {ErrorKind::invalid, "JSON syntax error at " + describe_position(text, byte) +
                                  (ended ? ": the text ends too early; complete it"
                                         : ": unexpected character; correct it")};
}

/// Remembers the keys of every open object; RFC 8259 lets parsers pick any of two equal keys.
class RepeatedKeys {
 public:
  bool operator()(json::parse_event_t event, const json& value) {
    if (event == json::parse_event_t::object_start) open_.emplace_back();
    if (event == json::parse_event_t::object_end) open_.pop_back();
    if (event == json::parse_event_t::key) {
      const auto& key = value.get_ref<const std::string&>();
      if (!open_.back().insert(key).second && repeated_.empty()) repeated_ = key;
    }
    return true;
  }
  const std::string& repeated() const { return repeated_; }

 private:
  std::vector<std::set<std::string>> open_;
  std::string repeated_;
};

/// Edits (insert, remove, replace one byte) from `a` to `b`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::string unknown_key_problem(std::string_view key,
                                std::initializer_list<std::string_view> known_keys) {
  std::string_view nearest;
  std::size_t distance = 3;  // further away is another word
  if (key.size() <= 64) {
    for (const std::string_view known : known_keys) {
      const std::size_t edits = edit_distance(key, known);
      if (edits < distance && edits < known.size()) {
        nearest = known;
        distance = edits;
      }
    }
  }
  if (!nearest.empty()) return "unknown key; did you mean \"" + std::string(nearest) + "\"?";
  std::string problem = "unknown key; remove it (known:";
  for (const std::string_view known : known_keys)
    problem += " " + std::string(known);
  return problem + ")";
}

/// A key is the client's text: shortened, and without what would disturb a line.
std::string printable_key(std::string_view key) {
  std::string shown(key.substr(0, 64));
  for (char& c : shown) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return shown;
}

}  // namespace

Result<json> parse_json_object(std::string_view text) {
  RepeatedKeys keys;
  try {
    json value = json::parse(text, [&](int, json::parse_event_t event, const json& parsed) {
      return keys(event, parsed);
    });
    if (!keys.repeated().empty()) {
      return Error{ErrorKind::invalid, "JSON key \"" + printable_key(keys.repeated()) +
                                           "\" stands twice in one object; keep one"};
    }
    if (!value.is_object()) {
      return Error{ErrorKind::invalid, "the JSON text must be an object: { ... }"};
    }
    return value;
  } catch (const json::parse_error& error) {
    return syntax_error(text, error.byte);
  } catch (const json::out_of_range&) {
    return Error{ErrorKind::invalid, "a JSON number is out of range; correct it"};
  }
}

ObjectReader::ObjectReader(const json& object, std::string path,
                           std::initializer_list<std::string_view> known_keys,
                           std::vector<std::string>& problems)
    : object_(object), path_(std::move(path)), problems_(problems) {
  for (const auto& [key, value] : object_.items()) {
    if (std::find(known_keys.begin(), known_keys.end(), key) == known_keys.end()) {
      report(printable_key(key), unknown_key_problem(key, known_keys));
    }
  }
}

const json* ObjectReader::find(std::string_view key) const {
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const json* ObjectReader::of_type(std::string_view key, json::value_t type,
                                  std::string_view problem) {
  const json* member = find(key);
  if (member == nullptr || member->type() == type) return member;
  report(key, problem);
  return nullptr;
}

std::optional<std::string> ObjectReader::text(std::string_view key) {
  const json* member = of_type(key, json::value_t::string, "must be a string; put it in quotes");
  if (member == nullptr) return std::nullopt;
  return member->get<std::string>();
}

std::optional<bool> ObjectReader::boolean(std::string_view key) {
  const json* member = of_type(key, json::value_t::boolean, "must be true or false");
  if (member == nullptr) return std::nullopt;
  return member->get<bool>();
}

std::optional<std::uint16_t> ObjectReader::port(std::string_view key) {
  const json* member = find(key);
  if (member == nullptr) return std::nullopt;
  if (member->is_number_unsigned()) {
    const auto value = member->get<std::uint64_t>();
    if (value >= 1 && value <= 65535) return static_cast<std::uint16_t>(value);
  }
  report(key, "must be an integer from 1 to 65535, without quotes");
  return std::nullopt;
}

const json* ObjectReader::object(std::string_view key) {
  return of_type(key, json::value_t::object, "must be an object: { ... }");
}

const json* ObjectReader::array(std::string_view key) {
  return of_type(key, json::value_t::array, "must be an array: [ ... ]");
}

void ObjectReader::report(std::string_view key, std::string_view problem) {
  std::string line = path_.empty() ? std::string(key) : path_ + "." + std::string(key);
  line += ": ";
  line += problem;
  problems_.push_back(std::move(line));
}

void ObjectReader::forbid(std::string_view key, std::string_view problem) {
  if (find(key) != nullptr) report(key, problem);
}

}  // namespace outhaul::edge
