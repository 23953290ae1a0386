#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "agent/compatibility/tunnel_run.h"
#include "agent/diag/command.h"
#include "agent/diagnose/run.h"
#include "agent/diagnose/setup/command.h"
#include "agent/exit_codes.h"
#include "agent/install/install.h"
#include "agent/option_table.h"
#include "agent/options.h"
#include "agent/run.h"
#include "agent/settings/check_config.h"
#include "agent/settings/configuration.h"
#include "agent/status/commands.h"
#include "agent/token/inspect.h"
#include "agent/upgrade/in_place_upgrade.h"
#include "common/options/command_line.h"
#include "common/options/completion.h"
#include "common/options/version_page.h"

namespace {

using namespace outhaul;

/// From meson.build, which knows the versions.
constexpr options::Libraries libraries{.built_in = OUTHAUL_BUILT_IN, .shared = OUTHAUL_SHARED};

int run(options::GivenValues given, const agent::Program& process) {
  // The file was read when the command line was; here it comes again with all that it leads to.
  given.file.clear();
  const agent::ConfigurationSource source(agent::agent_program, std::move(given));
  agent::ConfigurationSource::Loaded loaded = source.load(nullptr);
  if (!loaded.problems.empty()) {
    return options::print(options::failures(loaded.exit_code, loaded.problems));
  }
  agent::Configuration& configuration = loaded.configuration;
  if (const auto read = agent::load_credentials(configuration.values, configuration.options);
      !read) {
    return options::print(options::failure(agent::exit_configuration, read.error().message));
  }
  return agent::run_agent(source, configuration, process);
}

/// Carries out all commands but `run`, for which it only leaves what was given for it in `run`: the
/// tables of options and the values read by them are then gone while an agent runs (0.2 MB).
int dispatch(std::vector<std::string> arguments, std::optional<options::GivenValues>& run) {
  const options::Program program = agent::agent_program();
  auto reordered = agent::reorder_tunnel_arguments(std::move(arguments));
  if (!reordered) {
    return options::print(options::failure(agent::exit_usage, reordered.error().message));
  }
  arguments = *std::move(reordered);
  const auto command_line =
      options::parse_command_line(program, arguments, options::process_environment());
  if (const auto* finish = std::get_if<options::Finish>(&command_line))
    return options::print(*finish);
  const auto& invocation = std::get<options::Invocation>(command_line);
  const std::string& command = invocation.command->path;
  if (command == "run") {
    run = invocation.given;
    return agent::exit_ok;
  }
  if (command == "tunnel run") {
    auto as_run = agent::arguments_of_run(invocation);
    if (as_run) return dispatch(*std::move(as_run), run);
    const bool usage = as_run.error().kind == ErrorKind::invalid;
    return options::print(options::failure(usage ? agent::exit_usage : agent::exit_configuration,
                                           as_run.error().message));
  }
  if (command == "check") return agent::setup::run_check(invocation);
  if (command == "diag") {
    std::string version = options::version_json(program, libraries);
    return options::print(agent::run_diag(invocation, std::move(version)));
  }
  if (command == "token inspect") return options::print(agent::run_token_inspect(invocation));
  if (command == "check config") {
    return options::print(agent::run_check_config(program, invocation));
  }
  if (command == "resolve") {
    return options::print(agent::run_resolve(invocation.values, invocation.positionals.at(0)));
  }
  if (command == "check service") {
    return options::print(agent::run_check_service(program, invocation));
  }
  if (command == "status") return agent::run_status(invocation.values);
  if (command == "ready") return agent::run_ready(invocation.values);
  if (command == "logs set-level") {
    return agent::run_set_level(invocation.values, invocation.positionals.at(0));
  }
  if (command == "install") return options::print(agent::run_install(invocation.values));
  if (command == "uninstall") return options::print(agent::run_uninstall(invocation.values));
  if (command == "completion") {
    return options::print(options::run_completion(program, invocation.positionals.at(0)));
  }
  return options::print(options::run_version(program, libraries, invocation.values));
}

}  // namespace

int main(int argument_count, char** arguments) {
  try {
    std::optional<outhaul::options::GivenValues> run_given;
    const int exit_code = dispatch({arguments + 1, arguments + argument_count}, run_given);
    if (!run_given) return exit_code;
    return run(*std::move(run_given), outhaul::agent::this_program(argument_count, arguments));
  } catch (const std::exception& exception) {
    return outhaul::options::print(
        outhaul::options::failure(outhaul::agent::exit_internal, exception.what()));
  }
}
