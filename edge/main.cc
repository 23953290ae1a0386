#include <exception>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/options/command_line.h"
#include "common/options/completion.h"
#include "common/options/version_page.h"
#include "edge/backup/command.h"
#include "edge/check/command.h"
#include "edge/check_config.h"
#include "edge/exit_codes.h"
#include "edge/option_table.h"
#include "edge/options.h"
#include "edge/run.h"
#include "edge/settings/configuration.h"
#include "edge/status/commands.h"

namespace {

using namespace outhaul;

/// From meson.build, which knows the versions.
constexpr options::Libraries libraries{.built_in = OUTHAUL_BUILT_IN, .shared = OUTHAUL_SHARED};

int serve(const options::Program& program, options::GivenValues given) {
  // The file was read when the command line was; here it comes again, as it does in a reload.
  given.file.clear();
  const edge::ConfigurationSource source(program, std::move(given));
  const edge::ConfigurationSource::Loaded loaded = source.load(false);
  if (loaded.problems.empty()) return edge::serve(source, loaded);
  return options::print(options::failures(loaded.exit_code, loaded.problems));
}

int dispatch(const std::vector<std::string>& arguments) {
  const options::Program program = edge::edge_program();
  const auto command_line =
      options::parse_command_line(program, arguments, options::process_environment());
  if (const auto* finish = std::get_if<options::Finish>(&command_line)) {
    return options::print(*finish);
  }
  const auto& invocation = std::get<options::Invocation>(command_line);
  const std::string& path = invocation.command->path;
  if (path == "version") {
    return options::print(options::run_version(program, libraries, invocation.values));
  }
  if (path == "completion") {
    return options::print(options::run_completion(program, invocation.positionals.at(0)));
  }
  if (path == "check") return options::print(edge::check::run_check(program, invocation));
  if (path == "diag") {
    return options::print(
        edge::check::run_diag(program, invocation, options::version_json(program, libraries)));
  }
  if (path == "backup") return options::print(edge::run_backup(invocation));
  if (path == "restore") return options::print(edge::run_restore(invocation));
  if (path == "check config") {
    return options::print(edge::run_check_config(program, invocation));
  }
  if (path == "serve") return serve(program, invocation.given);
  if (path == "connect") {
    const auto connect_options = edge::read_connect_options(invocation);
    if (connect_options) return edge::connect(*connect_options);
    return options::print(options::failure(edge::exit_usage, connect_options.error().message));
  }
  if (path == "ready") return edge::run_ready(invocation.values);
  if (path == "logs set-level") {
    return edge::run_set_level(invocation.values, invocation.positionals.at(0));
  }
  return edge::admin_command(edge::read_admin_command(invocation));
}

}  // namespace

int main(int argument_count, char** arguments) {
  try {
    return dispatch({arguments + 1, arguments + argument_count});
  } catch (const std::exception& exception) {
    return outhaul::options::print(
        outhaul::options::failure(outhaul::edge::exit_internal, exception.what()));
  }
}
