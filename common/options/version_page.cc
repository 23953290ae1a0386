#include "common/options/version_page.h"

#include <algorithm>
#include <string>
#include <vector>

namespace outhaul::options {
namespace {

struct Library {
  std::string_view name;
  std::string_view version;
};

std::vector<Library> split(std::string_view text) {
  std::vector<Library> libraries;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(", "));
    text.remove_prefix(std::min(text.size(), item.size() + 2));
    const std::size_t space = std::min(item.find(' '), item.size());
    libraries.push_back({item.substr(0, space), item.substr(std::min(space + 1, item.size()))});
  }
  return libraries;
}

void append_text(std::string& page, std::string_view title, const std::vector<Library>& libraries) {
  if (libraries.empty()) return;
  page += std::string(title) + ":\n";
  constexpr std::size_t column = 18;
  for (const Library& library : libraries) {
    std::string line = "  " + std::string(library.name);
    line.resize(std::max(column, line.size() + 2), ' ');
    page += line + std::string(library.version) + "\n";
  }
}

/// Names and versions are ours and need no escapes.
std::string json_object(const std::vector<Library>& libraries) {
  std::string object;
  for (const Library& library : libraries) {
    object += (object.empty() ? "\"" : ", \"") + std::string(library.name) + "\": \"" +
              std::string(library.version) + "\"";
  }
  return "{" + object + "}";
}

}  // namespace

Command version_command() {
  return {.path = "version",
          .summary = "print the version and the libraries in it",
          .groups = {{"Output", {}}},
          .options = {{.name = "json",
                       .kind = OptionKind::boolean,
                       .help = "print one JSON object",
                       .group = "Output"}}};
}

std::string version_json(const Program& program, const Libraries& libraries) {
  return "{\"program\": \"" + program.name + "\", \"version\": \"" + program.version +
         "\", \"built_in\": " + json_object(split(libraries.built_in)) +
         ", \"shared\": " + json_object(split(libraries.shared)) + "}\n";
}

Finish run_version(const Program& program, const Libraries& libraries, const Values& values) {
  if (values.boolean("json")) return {0, version_json(program, libraries), {}};
  const std::vector<Library> built_in = split(libraries.built_in);
  const std::vector<Library> shared = split(libraries.shared);
  std::string page = program.name + " " + program.version + "\n";
  append_text(page, "Built in", built_in);
  append_text(page, "From the system", shared);
  return {0, std::move(page), {}};
}

}  // namespace outhaul::options
