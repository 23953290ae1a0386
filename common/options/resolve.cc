#include "common/options/resolve.h"

#include <algorithm>

#include <unistd.h>

#include "common/options/nearest.h"
#include "common/options/option_range.h"
#include "common/options/value_syntax.h"

namespace outhaul::options {
namespace {

Error invalid(std::string message) {
  return Error{ErrorKind::invalid, std::move(message)};
}

Result<void> check_range(const Option& option, std::int64_t amount, std::string_view text) {
  if (amount < option.minimum || amount > option.maximum) {
    return invalid(in_quotes(text) + " is out of range; write " + range_text(option));
  }
  if (amount % option.multiple_of != 0) {
    return invalid(in_quotes(text) + " is too fine; write a multiple of " +
                   format_amount(option, option.multiple_of));
  }
  return {};
}

Result<void> check_choice(const Option& option, std::string_view text) {
  if (text.empty()) return invalid("the value is empty");
  if (text.find('\0') != std::string_view::npos) return invalid("the value holds a NUL byte");
  const auto& choices = option.choices;
  if (choices.empty() || std::find(choices.begin(), choices.end(), text) != choices.end()) {
    return {};
  }
  std::string message = in_quotes(text) + " is not one of";
  for (const std::string& choice : choices) {
    message += (&choice == &choices.front() ? " " : ", ") + choice;
  }
  if (const auto guess = nearest(text, choices)) message += "; did you mean " + *guess + "?";
  return invalid(std::move(message));
}

std::string_view trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  for (std::string_view rest = text;;) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = trimmed(rest.substr(0, comma));
    if (!part.empty()) parts.emplace_back(part);
    if (comma == std::string_view::npos) return parts;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace

Environment process_environment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

Result<void> check_value(const Option& option, std::string_view text) {
  switch (option.kind) {
    case OptionKind::text:
    case OptionKind::path:
    case OptionKind::text_list:
      return check_choice(option, text);
    case OptionKind::boolean: {
      OUTHAUL_CHECK(parse_boolean(text));
      return {};
    }
    case OptionKind::integer: {
      OUTHAUL_TRY(amount, parse_integer(text));
      return check_range(option, amount, text);
    }
    case OptionKind::duration: {
      OUTHAUL_TRY(amount, parse_duration(text));
      return check_range(option, amount.count(), text);
    }
    case OptionKind::size: {
      OUTHAUL_TRY(amount, parse_size(text));
      return check_range(option, amount, text);
    }
  }
  return {};
}

/// Builds Values; apart from it they cannot be changed.
class Resolver {
 public:
  Resolver(std::string_view prefix, const GivenValues& given) : prefix_(prefix), given_(given) {}

  void add(const Option& option) {
    Values::Value value = choose(option);
    if (value.texts.empty() && option.required) problems_.push_back(missing(option));
    if (value.texts.size() > 1 && option.kind != OptionKind::text_list) {
      problems_.push_back({value.position, value.origin + ": given " +
                                               std::to_string(value.texts.size()) +
                                               " times; give it once"});
      value.texts.resize(1);
    }
    const Values::Value& kept =
        values_.values_.insert_or_assign(option.name, std::move(value)).first->second;
    bool usable = true;
    for (std::size_t item = 0; item < kept.texts.size(); ++item) {
      if (const auto checked = check_value(option, kept.texts[item]); !checked) {
        problems_.push_back(values_.problem(option.name, checked.error().message, item));
        usable = false;
      }
    }
    if (!usable) values_.values_.insert_or_assign(option.name, default_of(option));
  }

  Problems take_problems() { return std::move(problems_); }
  Values take() { return std::move(values_); }

 private:
  Values::Value choose(const Option& option) const {
    const bool is_list = option.kind == OptionKind::text_list;
    if (const auto flag = given_.flags.find(option.name); flag != given_.flags.end()) {
      return {option.kind, Source::flag, option.flag(), flag->second};
    }
    const std::string variable = environment_name(option, prefix_);
    if (const auto found = given_.environment.find(variable);
        found != given_.environment.end() && !found->second.empty()) {
      std::vector<std::string> texts =
          is_list ? split_at_commas(found->second) : std::vector<std::string>{found->second};
      return {option.kind, Source::environment, variable, std::move(texts)};
    }
    const std::string key = configuration_key(option);
    if (const auto found = given_.file.find(key);
        found != given_.file.end() && option.has_configuration_key()) {
      const FileValue& given = found->second;
      return {option.kind, Source::file,   given.where + ": " + key,
              given.texts, given.position, given.items};
    }
    return default_of(option);
  }

  Values::Value default_of(const Option& option) const {
    Values::Value value{option.kind,
                        Source::default_value,
                        option.has_flag() ? option.flag() : environment_name(option, prefix_),
                        {}};
    if (option.kind == OptionKind::text_list) {
      value.texts = split_at_commas(option.default_text);
    } else if (!option.default_text.empty()) {
      value.texts.push_back(option.default_text);
    }
    return value;
  }

  Problem missing(const Option& option) const {
    const std::string variable = environment_name(option, prefix_);
    if (!option.has_flag()) return {{}, "set " + variable};
    std::string message =
        option.flag() + " is missing; give " + option.flag() + " " + option.value_name;
    if (given_.file_path.empty() || !option.has_configuration_key()) {
      return {{}, message + " or set " + variable};
    }
    return {{},
            message + ", set " + variable + " or write " + configuration_key(option) + " = \"" +
                option.value_name + "\" into " + given_.file_path};
  }

  std::string_view prefix_;
  const GivenValues& given_;
  Values values_;
  Problems problems_;
};

Resolution resolve_all(std::span<const Option> table, std::string_view environment_prefix,
                       const GivenValues& given) {
  Resolver resolver(environment_prefix, given);
  for (const Option& option : table)
    resolver.add(option);
  Resolution resolution{resolver.take(), resolver.take_problems()};
  sort_by_position(resolution.problems);
  return resolution;
}

Result<Values> resolve(std::span<const Option> table, std::string_view environment_prefix,
                       const GivenValues& given) {
  Resolution resolution = resolve_all(table, environment_prefix, given);
  if (resolution.problems.empty()) return std::move(resolution.values);
  return invalid(std::move(resolution.problems.front().message));
}

}  // namespace outhaul::options
