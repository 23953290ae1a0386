#include "common/options/values.h"

#include <stdexcept>

#include "common/options/value_syntax.h"

namespace outhaul::options {

std::string_view to_string(Source source) {
  switch (source) {
    case Source::flag:
      return "flag";
    case Source::environment:
      return "environment";
    case Source::file:
      return "file";
    case Source::default_value:
      return "default";
  }
  return "unknown";
}

const Values::Value& Values::find(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) {
    throw std::logic_error("no option " + std::string(name) + " in the table");
  }
  return found->second;
}

const Values::Value& Values::find(std::string_view name, OptionKind kind) const {
  const Value& value = find(name);
  if (value.kind != kind) {
    throw std::logic_error("the option " + std::string(name) + " is of another kind");
  }
  return value;
}

const std::string& Values::single(std::string_view name, OptionKind kind) const {
  const Value& value = find(name, kind);
  if (value.texts.empty()) throw std::logic_error("no value for " + std::string(name));
  return value.texts.front();
}

std::string Values::text(std::string_view name) const {
  const Value& value = find(name, OptionKind::text);
  return value.texts.empty() ? std::string() : value.texts.front();
}

std::filesystem::path Values::path(std::string_view name) const {
  const Value& value = find(name, OptionKind::path);
  return value.texts.empty() ? std::filesystem::path() : std::filesystem::path(value.texts.front());
}

std::span<const std::string> Values::list(std::string_view name) const {
  return find(name, OptionKind::text_list).texts;
}

bool Values::boolean(std::string_view name) const {
  const Value& value = find(name, OptionKind::boolean);
  return !value.texts.empty() && parse_boolean(value.texts.front()).value();
}

std::int64_t Values::integer(std::string_view name) const {
  return parse_integer(single(name, OptionKind::integer)).value();
}

std::chrono::milliseconds Values::duration(std::string_view name) const {
  return parse_duration(single(name, OptionKind::duration)).value();
}

std::int64_t Values::size(std::string_view name) const {
  return parse_size(single(name, OptionKind::size)).value();
}

Error Values::error(std::string_view name, std::string_view message) const {
  return Error{ErrorKind::invalid, origin(name) + ": " + std::string(message)};
}

Problem Values::problem(std::string_view name, std::string_view message, std::size_t item) const {
  const Value& value = find(name);
  if (item >= value.items.size()) {
    return {value.position, value.origin + ": " + std::string(message)};
  }
  const FilePlace& place = value.items[item];
  // The origin ends with the key, behind the place of the list.
  const std::string key = value.origin.substr(value.origin.rfind(": ") + 2);
  return {place.position, place.where + ": " + key + ": " + std::string(message)};
}

}  // namespace outhaul::options
