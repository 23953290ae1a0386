#include "common/options/configuration_report.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/options/value_syntax.h"

namespace outhaul::options {

namespace {

using nlohmann::ordered_json;

bool is_number(OptionKind kind) {
  return kind == OptionKind::integer || kind == OptionKind::boolean;
}

/// As it stands in a TOML file.
std::string toml_value(const Option& option, std::span<const std::string> texts) {
  if (option.kind == OptionKind::text_list) {
    std::string list = "[";
    for (const std::string& text : texts)
      list += (list.size() == 1 ? "" : ", ") + in_quotes(text);
    return list + "]";
  }
  if (texts.empty()) return option.kind == OptionKind::boolean ? "false" : "\"\"";
  return is_number(option.kind) ? texts.front() : in_quotes(texts.front());
}

ordered_json json_value(const Option& option, std::span<const std::string> texts) {
  if (option.kind == OptionKind::text_list) {
    return ordered_json(std::vector<std::string>(texts.begin(), texts.end()));
  }
  if (option.kind == OptionKind::boolean) {
    return !texts.empty() && parse_boolean(texts.front()).value();
  }
  if (texts.empty()) return nullptr;
  if (option.kind == OptionKind::integer) return parse_integer(texts.front()).value();
  return texts.front();
}

/// "--edge", "OUTHAUL_EDGE" or "outhaul.toml:3:1"; empty for a default.
std::string where_from(const Values& values, std::string_view name) {
  if (!values.is_given(name)) return {};
  const std::string& origin = values.origin(name);
  // That of a file ends with the key, which is known.
  return values.source(name) == Source::file ? origin.substr(0, origin.rfind(": ")) : origin;
}

const Option* find_option(const std::vector<Option>& options, std::string_view key) {
  const auto found = std::ranges::find_if(
      options, [&](const Option& option) { return configuration_key(option) == key; });
  return found == options.end() ? nullptr : &*found;
}

void append_line(std::string& text, const std::string& assignment, const std::string& where) {
  constexpr std::size_t column = 44;
  text += assignment;
  text.append(assignment.size() < column ? column - assignment.size() : 1, ' ');
  text += "# " + where + "\n";
}

ordered_json problems_json(const Problems& problems) {
  ordered_json list = ordered_json::array();
  for (const Problem& problem : problems) {
    ordered_json object;
    if (problem.position.line > 0) {
      object["line"] = problem.position.line;
      object["column"] = problem.position.column;
    }
    object["message"] = problem.message;
    list.push_back(std::move(object));
  }
  return list;
}

ordered_json values_json(const Program& program, const Values& values) {
  ordered_json list = ordered_json::array();
  for (const Option& option : top_level_options(program)) {
    ordered_json object = {{"key", configuration_key(option)},
                           {"value", json_value(option, values.texts(option.name))},
                           {"source", to_string(values.source(option.name))}};
    const std::string where = where_from(values, option.name);
    if (!where.empty()) object["where"] = where;
    list.push_back(std::move(object));
  }
  return list;
}

ordered_json sections_json(const std::vector<Option>& options,
                           const std::vector<FileSection>& sections) {
  ordered_json list = ordered_json::array();
  for (const FileSection& section : sections) {
    ordered_json values = ordered_json::array();
    for (const auto& [key, value] : section.values) {
      const Option* option = find_option(options, key);
      values.push_back(
          {{"key", key}, {"value", json_value(*option, value.texts)}, {"where", value.where}});
    }
    ordered_json object;
    if (!section.name.empty()) object["name"] = section.name;
    object["where"] = section.place.where;
    object["values"] = std::move(values);
    list.push_back(std::move(object));
  }
  return list;
}

void append_section(std::string& text, const std::string& header, const FileSection& section,
                    const std::vector<Option>& options) {
  text.push_back('\n');
  append_line(text, header, section.place.where);
  for (const auto& [key, value] : section.values)
    append_line(text, key + " = " + toml_value(*find_option(options, key), value.texts),
                value.where);
}

}  // namespace

CheckedConfiguration read_for_check(const Program& program, const Invocation& invocation) {
  CheckedConfiguration checked;
  GivenValues given;
  given.environment = invocation.given.environment;
  const std::string& file = invocation.positionals.at(0);
  ConfigurationPath path = choose_configuration(program, invocation.given);
  if (!file.empty()) path = {file, true};
  checked.file = read_configuration(program, path, checked.problems);
  given.file = checked.file.values;
  given.file_path = checked.file.path;
  const Command* command = find_command(program, program.configuration.command);
  Resolution resolution = resolve_all(command->options, program.environment_prefix, given);
  checked.values = std::move(resolution.values);
  for (Problem& problem : resolution.problems)
    checked.problems.push_back(std::move(problem));
  return checked;
}

Finish report(const Program& program, CheckedConfiguration checked, bool json) {
  sort_by_position(checked.problems);
  const int exit_code = checked.problems.empty() ? 0 : program.configuration_exit_code;
  if (json) {
    return {exit_code, report_json(program, checked.values, checked.file, checked.problems), {}};
  }
  if (!checked.problems.empty()) return failures(exit_code, checked.problems);
  const std::string& path = checked.file.path;
  return {exit_code,
          "ok: " + (path.empty() ? "there is no configuration file" : path) + "\n\n" +
              report_text(program, checked.values, checked.file),
          {}};
}

std::string report_text(const Program& program, const Values& values,
                        const ConfigurationFile& file) {
  std::string text;
  for (const Option& option : top_level_options(program)) {
    const std::string where = where_from(values, option.name);
    append_line(text,
                configuration_key(option) + " = " + toml_value(option, values.texts(option.name)),
                where.empty() ? "default" : where);
  }
  const ConfigurationSchema& schema = program.configuration;
  for (const FileSection& entry : file.entries)
    append_section(text, "[[" + schema.list + "]]", entry, schema.list_options);
  for (const FileSection& section : file.sections)
    append_section(text, "[" + schema.section + "." + in_quotes(section.name) + "]", section,
                   schema.section_options);
  return text;
}

std::string report_json(const Program& program, const Values& values, const ConfigurationFile& file,
                        const Problems& problems) {
  ordered_json object = {{"file", nullptr}, {"ok", problems.empty()}};
  if (!file.path.empty()) object["file"] = file.path;
  object["problems"] = problems_json(problems);
  if (problems.empty()) {
    object["values"] = values_json(program, values);
    object["sections"] = sections_json(program.configuration.section_options, file.sections);
    if (!file.entries.empty()) {
      object["entries"] = sections_json(program.configuration.list_options, file.entries);
    }
  }
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace outhaul::options
