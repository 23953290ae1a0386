#include "edge/check/check.h"

#include <chrono>
#include <optional>
#include <utility>

#include "common/diagnosis/local_facts.h"
#include "edge/check/certificate_steps.h"
#include "edge/check/directory_steps.h"
#include "edge/check/listener_steps.h"
#include "edge/check/machine_steps.h"
#include "edge/check/storage_steps.h"

namespace outhaul::edge::check {

Report check_setup(const ServiceConfiguration& service) {
  const diagnosis::Stopwatch watch;
  const auto now = std::chrono::system_clock::now();
  ConfigurationSource::Loaded loaded;
  std::optional<RunningEdge> running;
  std::optional<DirectoryView> view;
  Section machine{.key = "steps", .title = {}, .steps = {}};
  std::vector<Step>& steps = machine.steps;
  steps.push_back(check_configuration(service, loaded));
  const ServeOptions& options = loaded.configuration.options;
  Step admin = check_admin_socket(options, running);
  steps.push_back(check_data_directory(options, running));
  steps.push_back(check_database(options, running, view));
  steps.push_back(check_authority(options, now));
  steps.push_back(check_certificate(options, view, now));
  steps.push_back(diagnosis::clock_step(now));
  steps.push_back(check_open_files(options, running));
  steps.push_back(std::move(admin));
  Report report;
  report.running = running.has_value();
  report.sections.push_back(std::move(machine));
  report.sections.push_back({.key = "listeners",
                             .title = "listeners",
                             .steps = check_listeners(options, report.running, view)});
  report.sections.push_back(
      {.key = "names", .title = "public names", .steps = check_public_names(options)});
  Section directory{.key = "directory", .title = "directory", .steps = {}};
  if (view) directory.steps = check_directory(*view);
  report.sections.push_back(std::move(directory));
  report.time = watch.read();
  return report;
}

}  // namespace outhaul::edge::check
