#include <exception>
#include <string>
#include <variant>
#include <vector>

#include "agent/diagnose/run.h"
#include "agent/exit_codes.h"
#include "agent/option_table.h"
#include "agent/options.h"
#include "agent/run.h"
#include "agent/status/commands.h"
#include "common/options/command_line.h"

namespace {

using namespace outhaul;

int run(const options::Values& values) {
  auto agent_options = agent::read_run_options(values);
  if (!agent_options) {
    return options::print(options::failure(agent::exit_usage, agent_options.error().message));
  }
  if (const auto loaded = agent::load_credentials(values, *agent_options); !loaded) {
    return options::print(options::failure(agent::exit_configuration, loaded.error().message));
  }
  return agent::run_agent(*agent_options);
}

int dispatch(const std::vector<std::string>& arguments) {
  const options::Program program = agent::agent_program();
  const auto command_line =
      options::parse_command_line(program, arguments, options::process_environment());
  if (const auto* finish = std::get_if<options::Finish>(&command_line))
    return options::print(*finish);
  const auto& invocation = std::get<options::Invocation>(command_line);
  const std::string& command = invocation.command->path;
  if (command == "run") return run(invocation.values);
  if (command == "resolve") {
    return options::print(agent::run_resolve(invocation.values, invocation.positionals.at(0)));
  }
  if (command == "check service") {
    return options::print(
        agent::run_check_service(invocation.values, invocation.positionals.at(0)));
  }
  if (command == "status") return agent::run_status(invocation.values);
  if (command == "ready") return agent::run_ready(invocation.values);
  if (command == "logs set-level") {
    return agent::run_set_level(invocation.values, invocation.positionals.at(0));
  }
  return options::print({agent::exit_ok, program.name + " " + program.version + "\n", {}});
}

}  // namespace

int main(int argument_count, char** arguments) {
  try {
    return dispatch({arguments + 1, arguments + argument_count});
  } catch (const std::exception& exception) {
    return outhaul::options::print(
        outhaul::options::failure(outhaul::agent::exit_internal, exception.what()));
  }
}
