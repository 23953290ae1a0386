#include "common/options/configuration_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "common/options/nearest.h"
#include "common/options/toml_file.h"
#include "common/options/value_syntax.h"

namespace outhaul::options {
namespace {

/// A thousand times what a large installation needs.
constexpr std::size_t file_size_maximum = std::size_t{4} * 1024 * 1024;
constexpr std::string_view config_option = "config";

const Option* find_key(const std::vector<Option>& options, std::string_view key) {
  for (const Option& option : options) {
    if (option.has_configuration_key() && configuration_key(option) == key) return &option;
  }
  return nullptr;
}

/// What a value of this kind has to be, with an example.
std::string wanted(const Option& option) {
  const std::string key = configuration_key(option);
  const std::string example = option.default_text.empty() ? option.value_name : option.default_text;
  switch (option.kind) {
    case OptionKind::integer:
      return "write a whole number without quotes: " + key + " = " + example;
    case OptionKind::boolean:
      return "write true or false without quotes: " + key + " = true";
    case OptionKind::duration:
    case OptionKind::size:
      return "write a number and its unit in double quotes: " + key + " = \"" + example + "\"";
    case OptionKind::text_list:
      return "write a list of texts: " + key + " = [\"" + option.value_name + "\"]";
    case OptionKind::text:
    case OptionKind::path:
      break;
  }
  return "write text in double quotes: " + key + " = \"" + example + "\"";
}

TomlType type_of(OptionKind kind) {
  switch (kind) {
    case OptionKind::integer:
      return TomlType::integer;
    case OptionKind::boolean:
      return TomlType::boolean;
    case OptionKind::text_list:
      return TomlType::array;
    default:
      return TomlType::string;
  }
}

class Reader {
 public:
  Reader(const Program& program, std::string path, Problems& problems)
      : program_(program),
        schema_(program.configuration),
        options_(top_level_options(program)),
        problems_(problems) {
    file_.path = std::move(path);
  }

  ConfigurationFile read(std::string_view text) {
    const TomlDocument document = parse_toml(text);
    for (const Problem& error : document.errors)
      report(error.position, error.message);
    for (const TomlEntry& entry : document.root.entries)
      read_top(entry);
    return std::move(file_);
  }

 private:
  void report(TextPosition position, std::string_view message) {
    problems_.push_back({position, place_text(file_.path, position) + ": " + std::string(message)});
  }

  void read_top(const TomlEntry& entry) {
    if (!schema_.section.empty() && entry.key == schema_.section) {
      read_sections(entry);
    } else if (!schema_.list.empty() && entry.key == schema_.list) {
      read_list(entry);
    } else if (const Option* option = find_key(options_, entry.key)) {
      read_value(*option, entry, file_.values);
    } else {
      report_unknown(entry, options_, true);
    }
  }

  std::string section_form() const {
    return "[" + schema_.section + ".\"" + schema_.section_value_name + "\"]";
  }

  void read_sections(const TomlEntry& sections) {
    if (sections.value.type != TomlType::table) {
      report(sections.position, sections.key + ": is " +
                                    std::string(describe(sections.value.type)) +
                                    "; write a section " + section_form() + " for each");
      return;
    }
    for (const TomlEntry& entry : sections.value.entries) {
      if (entry.value.type != TomlType::table) {
        report(entry.position, in_quotes(entry.key) + " stands in [" + schema_.section +
                                   "] itself; write it below a header " + section_form());
        continue;
      }
      FileSection section{entry.key, {place_text(file_.path, entry.position), entry.position}, {}};
      for (const TomlEntry& value : entry.value.entries)
        read_section_value(value, section);
      file_.sections.push_back(std::move(section));
    }
  }

  void read_list(const TomlEntry& list) {
    if (list.value.type != TomlType::array) {
      report(list.position, list.key + ": is " + std::string(describe(list.value.type)) +
                                "; write [[" + list.key + "]], with two brackets, for each entry");
      return;
    }
    for (const TomlValue& item : list.value.items) {
      if (item.type != TomlType::table) {
        report(item.position, list.key + ": has " + std::string(describe(item.type)) +
                                  " in its list; write [[" + list.key + "]] for each entry");
        continue;
      }
      FileSection section{{}, {place_text(file_.path, item.position), item.position}, {}};
      for (const TomlEntry& value : item.entries)
        read_list_value(value, section);
      file_.entries.push_back(std::move(section));
    }
  }

  void read_list_value(const TomlEntry& entry, FileSection& section) {
    if (const Option* option = find_key(schema_.list_options, entry.key)) {
      read_value(*option, entry, section.values);
    } else if (find_key(options_, entry.key) != nullptr) {
      report(entry.position, entry.key + ": is no key of [[" + schema_.list +
                                 "]]; move it up, before the first [section]");
    } else {
      report_unknown(entry, schema_.list_options, false);
    }
  }

  void read_section_value(const TomlEntry& entry, FileSection& section) {
    if (const Option* option = find_key(schema_.section_options, entry.key)) {
      read_value(*option, entry, section.values);
    } else if (find_key(options_, entry.key) != nullptr) {
      report(entry.position, entry.key +
                                 ": is no setting of a single service; move it up, before the "
                                 "first [section]");
    } else {
      report_unknown(entry, schema_.section_options, false);
    }
  }

  void report_unknown(const TomlEntry& entry, const std::vector<Option>& options, bool at_top) {
    for (const auto& [key, advice] : schema_.refused_keys) {
      if (key == entry.key) return report(entry.position, entry.key + ": " + advice);
    }
    if (at_top && find_key(schema_.section_options, entry.key) != nullptr) {
      return report(entry.position, entry.key +
                                        ": is a setting of a single service; move it into "
                                        "its section " +
                                        section_form());
    }
    std::vector<std::string> known;
    for (const Option& option : options) {
      if (option.has_configuration_key()) known.push_back(configuration_key(option));
    }
    if (at_top && !schema_.section.empty()) known.push_back(schema_.section);
    if (at_top && !schema_.list.empty()) known.push_back(schema_.list);
    const std::string what =
        std::string(entry.value.type == TomlType::table ? "unknown section " : "unknown key ") +
        in_quotes(entry.key);
    std::string normal = entry.key;
    std::ranges::replace(normal, '-', '_');
    if (const auto guess = nearest(normal, known)) {
      return report(entry.position, what + "; did you mean " + *guess + "?");
    }
    report(entry.position,
           what + "; " + program_.name + " help " + schema_.command + " lists what there is");
  }

  void read_value(const Option& option, const TomlEntry& entry, FileValues& values) {
    const TomlValue& given = entry.value;
    if (given.type != type_of(option.kind)) {
      return report(given.position, entry.key + ": is " + std::string(describe(given.type)) + "; " +
                                        wanted(option));
    }
    FileValue value{{}, place_text(file_.path, given.position), given.position, {}};
    if (given.type != TomlType::array) {
      value.texts.push_back(given.text);
      values.insert_or_assign(entry.key, std::move(value));
      return;
    }
    for (const TomlValue& item : given.items) {
      if (item.type != TomlType::string) {
        report(item.position, entry.key + ": has " + std::string(describe(item.type)) +
                                  " in its list; put each item in double quotes");
        continue;
      }
      value.texts.push_back(item.text);
      value.items.push_back({place_text(file_.path, item.position), item.position});
    }
    values.insert_or_assign(entry.key, std::move(value));
  }

  const Program& program_;
  const ConfigurationSchema& schema_;
  std::vector<Option> options_;
  Problems& problems_;
  ConfigurationFile file_;
};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// An errno value, or 0.
int read_text(const std::string& path, std::string& text) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "re"));
  if (!file) return errno;
  text.resize(file_size_maximum + 1);
  const std::size_t size = std::fread(text.data(), 1, text.size(), file.get());
  if (std::ferror(file.get()) != 0) return errno;
  text.resize(size);
  return 0;
}

std::string first_of(const std::vector<std::string>& texts) {
  return texts.empty() ? std::string() : texts.front();
}

}  // namespace

std::string place_text(std::string_view path, TextPosition position) {
  return std::string(path) + ":" + std::to_string(position.line) + ":" +
         std::to_string(position.column);
}

std::vector<Option> top_level_options(const Program& program) {
  std::vector<Option> options;
  const Command* command = find_command(program, program.configuration.command);
  if (command == nullptr) return options;
  std::ranges::copy_if(command->options, std::back_inserter(options),
                       [](const Option& option) { return option.has_configuration_key(); });
  return options;
}

ConfigurationPath choose_configuration(const Program& program, const GivenValues& given) {
  if (const auto flag = given.flags.find(config_option); flag != given.flags.end()) {
    return {first_of(flag->second), true};
  }
  const auto variable = given.environment.find(program.environment_prefix + "_CONFIG");
  if (variable != given.environment.end() && !variable->second.empty()) {
    return {variable->second, true};
  }
  return {program.configuration.default_path, false};
}

ConfigurationFile parse_configuration(const Program& program, const std::string& path,
                                      std::string_view text, Problems& problems) {
  ConfigurationFile file = Reader(program, path, problems).read(text);
  sort_by_position(problems);
  return file;
}

ConfigurationFile read_configuration(const Program& program, const ConfigurationPath& path,
                                     Problems& problems) {
  ConfigurationFile none;
  if (path.path.empty()) return none;
  std::error_code status;
  if (!path.is_given && !std::filesystem::exists(path.path, status)) return none;
  none.path = path.path;
  if (std::filesystem::is_directory(path.path, status)) {
    problems.push_back({{}, path.path + ": is a directory; name a TOML file"});
    return none;
  }
  std::string text;
  if (const int error = read_text(path.path, text); error != 0) {
    problems.push_back({{},
                        system_error(error, path.path + ": cannot read it").message +
                            "; check the path and its mode"});
    return none;
  }
  if (text.size() > file_size_maximum) {
    problems.push_back({{}, path.path + ": is larger than 4 MiB; this is no configuration file"});
    return none;
  }
  return parse_configuration(program, path.path, text, problems);
}

}  // namespace outhaul::options
