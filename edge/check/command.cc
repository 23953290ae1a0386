#include "edge/check/command.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "common/diagnosis/bundle_file.h"
#include "common/diagnosis/system_files.h"
#include "edge/check/check.h"
#include "edge/check/collect.h"
#include "edge/exit_codes.h"

namespace outhaul::edge::check {

namespace {

/// EnvironmentFile of the package's unit.
constexpr const char* environment_file = "/etc/outhaul-edge/outhaul-edge.env";

/// Lines NAME=VALUE, the value perhaps in quotes, as systemd.exec(5) has them.
void read_environment(std::string_view text, options::Environment& environment) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = line.find('=');
    if (!line.starts_with("OUTHAUL_EDGE_") || equals == std::string_view::npos) continue;
    std::string_view value = line.substr(equals + 1);
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
        value.back() == value.front()) {
      value = value.substr(1, value.size() - 2);
    }
    environment.emplace(line.substr(0, equals), value);
  }
}

ServiceConfiguration service_configuration(const options::Program& program,
                                           options::GivenValues given) {
  const auto text = diagnosis::read_system_file(environment_file);
  if (text) read_environment(*text, given.environment);
  return {ConfigurationSource(program, std::move(given)), text ? environment_file : ""};
}

}  // namespace

options::Finish run_check(const options::Program& program, const options::Invocation& invocation) {
  const Report report = check_setup(service_configuration(program, invocation.given));
  options::Finish finish;
  finish.output_text = invocation.values.boolean("json")
                           ? page_json(report)
                           : page_text(report, diagnosis::choose_colour());
  if (!report.ok()) finish.exit_code = exit_check_failed;
  return finish;
}

options::Finish run_diag(const options::Program& program, const options::Invocation& invocation,
                         const std::string& version_json) {
  const diagnosis::Redaction redaction;
  const diagnosis::Bundle bundle =
      collect(service_configuration(program, invocation.given), version_json, redaction);
  const auto written = diagnosis::write_bundle(bundle, "outhaul-edge", invocation.values);
  if (!written) return options::failure(exit_internal, written.error().message);
  return {exit_ok, *written, {}};
}

}  // namespace outhaul::edge::check
