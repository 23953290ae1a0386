#include "agent/diagnose/run.h"

#include <csignal>
#include <string>
#include <utility>

#include "agent/diagnose/diagnosis.h"
#include "agent/diagnose/diagnosis_options.h"
#include "agent/diagnose/json_report.h"
#include "agent/diagnose/text_report.h"
#include "agent/diagnose/walk.h"
#include "agent/exit_codes.h"
#include "common/async/loop.h"
#include "common/async/scope.h"

namespace outhaul::agent {

namespace {

using Walk = Task<void> (*)(Loop&, const DiagnosisOptions&, Diagnosis&);

Task<void> then_stop(Loop& loop, Task<void> task) {
  co_await task;
  loop.stop();
}

Diagnosis run_walk(Walk walk, const DiagnosisOptions& options) {
  // Writing to a peer that is gone is an error code here, never a signal.
  std::signal(SIGPIPE, SIG_IGN);
  Diagnosis diagnosis;
  Loop loop;
  Scope tasks(loop);
  tasks.spawn(then_stop(loop, walk(loop, options, diagnosis)));
  loop.run();
  return diagnosis;
}

options::Finish finish(const DiagnosisOptions& options, const Diagnosis& diagnosis,
                       std::string output) {
  options::Finish finish;
  if (diagnosis.failure) {
    finish = options::failure(diagnosis.exit_code(),
                              tunnel::connect_authority(options.service) +
                                  " cannot be reached: " + diagnosis.failure->detail);
  }
  finish.output_text = std::move(output);
  return finish;
}

}  // namespace

options::Finish run_resolve(const options::Values& values, std::string_view name) {
  const auto options = read_resolve_options(values, name);
  if (!options) return options::failure(exit_usage, options.error().message);
  const Diagnosis diagnosis = run_walk(walk_to_addresses, *options);
  return finish(
      *options, diagnosis,
      options->json ? resolve_json(*options, diagnosis) : resolve_text(*options, diagnosis));
}

options::Finish run_check_service(const options::Program& program,
                                  const options::Invocation& invocation) {
  auto options = read_check_options(invocation.values, invocation.positionals.at(0));
  if (!options) return options::failure(exit_usage, options.error().message);
  options::Problems problems;
  read_service_of_check(program, invocation, *options, problems);
  if (!problems.empty()) return options::failures(exit_configuration, problems);
  const Diagnosis diagnosis = run_walk(walk_to_service, *options);
  return finish(*options, diagnosis,
                options->json ? check_json(*options, diagnosis) : check_text(*options, diagnosis));
}

}  // namespace outhaul::agent
