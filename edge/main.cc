#include <exception>
#include <string>
#include <variant>
#include <vector>

#include "common/options/command_line.h"
#include "edge/exit_codes.h"
#include "edge/option_table.h"
#include "edge/options.h"
#include "edge/run.h"
#include "edge/status/commands.h"

namespace {

using namespace outhaul;

int serve(const options::Values& values) {
  const auto serve_options = edge::read_serve_options(values);
  if (!serve_options) {
    return options::print(options::failure(edge::exit_usage, serve_options.error().message));
  }
  if (const auto checked = edge::check_files(values); !checked) {
    return options::print(options::failure(edge::exit_configuration, checked.error().message));
  }
  return edge::serve(*serve_options);
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
    return options::print({edge::exit_ok, program.name + " " + program.version + "\n", {}});
  }
  if (path == "serve") return serve(invocation.values);
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
