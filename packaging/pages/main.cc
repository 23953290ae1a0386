#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "agent/option_table.h"
#include "common/options/annotated_file.h"
#include "common/options/completion.h"
#include "common/options/man_page.h"
#include "edge/option_table.h"

/// outhaul-pages DIRECTORY DATE: writes into the directory, laid out as in the packages:
///
///   agent/ and edge/, in each
///     man/                                  manual pages
///     completion/bash/, zsh/, fish/         under the names that the shells look for
///     etc/                                  the default configuration, all of it commented out
namespace {

using namespace outhaul;

void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

const options::Command& command_of(const options::Program& program, const char* path) {
  const options::Command* command = options::find_command(program, path);
  if (command == nullptr) throw std::logic_error(program.name + " has no command " + path);
  return *command;
}

void write_completions(const std::filesystem::path& directory, const options::Program& program) {
  write(directory / "bash" / program.name, options::bash_completion(program));
  write(directory / "zsh" / ("_" + program.name), options::zsh_completion(program));
  write(directory / "fish" / (program.name + ".fish"), options::fish_completion(program));
}

options::ManPage agent_page(const std::string& date) {
  return {.date = date,
          .description =
              {"outhaul runs inside a private network and dials out to one or more edges. On the "
               "connections that it dialled, it takes requests for services of that network and "
               "answers them. It listens on no port, and its own policy decides what may be "
               "reached.",
               "As a service it is started by systemd as the user outhaul: see outhaul.service. "
               "It says READY once its configuration is accepted and it has begun to dial; "
               "systemctl status shows how many of its connections are up."},
          .files = {{"/etc/outhaul/outhaul.toml", "Configuration of the service, outhaul.toml(5)."},
                    {"/etc/outhaul/token",
                     "The tunnel's token, of root and group outhaul, mode "
                     "0640."}},
          .see_also = {"outhaul.toml(5)", "outhaul-edge(1)", "systemctl(1)"}};
}

/// `command` is the one that reads the file: "outhaul run".
options::ManPage configuration_page(const std::string& program, const std::string& command,
                                    const std::string& date) {
  return {
      .date = date,
      .description = {"The configuration is in TOML. Each key is the name of a flag of " + command +
                      " with underscores for hyphens; flags and environment variables win over "
                      "the file. Times are texts with a unit, as \"250ms\", \"30s\", \"5m\" or "
                      "\"1h\". " +
                      program + " check config shows every mistake in the file."},
      .files = {{"/etc/" + program + "/" + program + ".toml", "The file of the service."}},
      .see_also = {program + "(1)"}};
}

options::ManPage edge_page(const std::string& date) {
  return {.date = date,
          .description =
              {"outhaul-edge accepts the connections of agents, keeps a directory of tunnels, "
               "services and bindings, and forwards the requests of clients to the agents.",
               "As a service it is started by systemd as the user outhaul-edge. Its other commands "
               "change the directory through the socket of the running edge, or directly when no "
               "edge runs; with the packaged service, run them as root or as that user."},
          .files = {{"/etc/outhaul-edge/outhaul-edge.toml",
                     "Configuration of the service, outhaul-edge.toml(5)."},
                    {"/etc/outhaul-edge/outhaul-edge.env",
                     "Settings of the service as environment variables, if it exists."},
                    {"/var/lib/outhaul-edge/", "Directory, certificate authority and keys."}},
          .see_also = {"outhaul-edge.toml(5)", "outhaul(1)", "systemctl(1)"}};
}

void write_agent(const std::filesystem::path& directory, const std::string& date) {
  const options::Program program = agent::agent_program();
  const options::Command& run = command_of(program, "run");
  write_completions(directory / "completion", program);
  write(directory / "man/outhaul.1", options::program_man_page(program, agent_page(date)));
  write(directory / "man/outhaul.toml.5",
        options::configuration_man_page(program, run, "outhaul.toml",
                                        configuration_page("outhaul", "outhaul run", date)));
  write(directory / "etc/outhaul.toml", options::annotated_configuration(program));
}

void write_edge(const std::filesystem::path& directory, const std::string& date) {
  const options::Program program = edge::edge_program();
  write_completions(directory / "completion", program);
  write(directory / "man/outhaul-edge.1", options::program_man_page(program, edge_page(date)));
  write(directory / "man/outhaul-edge.toml.5",
        options::configuration_man_page(
            program, command_of(program, "serve"), "outhaul-edge.toml",
            configuration_page("outhaul-edge", "outhaul-edge serve", date)));
  write(directory / "etc/outhaul-edge.toml", options::annotated_configuration(program));
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 3) {
    std::fputs("usage: outhaul-pages DIRECTORY YYYY-MM-DD\n", stderr);
    return 2;
  }
  try {
    const std::filesystem::path directory = arguments[1];
    write_agent(directory / "agent", arguments[2]);
    write_edge(directory / "edge", arguments[2]);
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "error: %s\n", exception.what());
    return 1;
  }
  return 0;
}
