#include "edge/option_table.h"

#include <chrono>

#include "common/base/limits.h"
#include "common/options/access_log_options.h"
#include "common/options/completion.h"
#include "common/options/limit_options.h"
#include "common/options/liveness_options.h"
#include "common/options/value_syntax.h"
#include "common/options/version_page.h"
#include "edge/agents/agent_limits.h"
#include "edge/backup/command_table.h"
#include "edge/bindings/client_limits.h"
#include "edge/check/command_table.h"
#include "edge/exit_codes.h"
#include "edge/options.h"

namespace outhaul::edge {
namespace {

using options::Command;
using options::Option;
using options::OptionForms;
using options::OptionKind;

constexpr std::int64_t second = 1000;
constexpr std::int64_t hour = 3600 * second;

const std::string storage = "Storage";
const std::string agents = "Agents";
const std::string clients = "Clients";
const std::string operation = "Operation";
const std::string logging = "Log";
const std::string timeouts = "Timeouts";
const std::string capacity = "Capacity";
const std::string http_limits = "Limits of HTTP, toward agents and clients";
const std::string input = "Input";
const std::string output = "Output";

/// Where the configuration file is; it cannot say so itself.
Option configuration_option(std::string_view group) {
  return {.name = "config",
          .kind = OptionKind::path,
          .default_note = std::string(default_configuration_path) + " if it exists",
          .help = "configuration file",
          .group = std::string(group),
          .value_name = "FILE",
          .forms = OptionForms::flag_and_environment};
}

/// What is asked once is no configuration.
std::vector<Option> without_keys(std::vector<Option> table) {
  for (Option& option : table)
    option.forms = OptionForms::flag_and_environment;
  return table;
}

/// The same for all commands, so that one environment variable serves them all.
std::vector<Option> storage_options() {
  return {
      {.name = "data-dir",
       .kind = OptionKind::path,
       .default_text = "/var/lib/outhaul-edge",
       .help = "directory and keys",
       .group = storage,
       .value_name = "DIR"},
      {.name = "admin-socket",
       .kind = OptionKind::path,
       .default_note = "DIR/admin.sock",
       .help = "unix socket of the running edge",
       .group = storage,
       .value_name = "PATH"},
      configuration_option(storage),
  };
}

std::vector<Option> agent_options() {
  return {
      {.name = "agent-listen",
       .kind = OptionKind::text_list,
       .default_text = "0.0.0.0:7844",
       .help = "where agents connect",
       .group = agents,
       .value_name = "ADDRESS:PORT"},
      {.name = "public-name",
       .kind = OptionKind::text_list,
       .default_note = "host name and 127.0.0.1",
       .help = "how agents reach this edge; goes into tokens",
       .group = agents,
       .value_name = "HOST[:PORT]"},
      {.name = "zone",
       .help = "zone of this edge: agents of the same zone are preferred",
       .group = agents,
       .value_name = "NAME"},
      {.name = "certificate",
       .kind = OptionKind::path,
       .default_note = "made by a CA of its own",
       .help = "PEM chain shown to agents",
       .group = agents,
       .value_name = "FILE"},
      {.name = "key",
       .kind = OptionKind::path,
       .help = "PEM private key of the certificate",
       .group = agents,
       .value_name = "FILE"},
  };
}

std::vector<Option> client_options() {
  return {
      {.name = "binding-listen",
       .kind = OptionKind::text_list,
       .default_text = "127.0.0.1:7880",
       .help = "where clients connect: ADDRESS:PORT or unix:PATH, with ?service=NAME for one "
               "service only",
       .group = clients,
       .value_name = "WHERE"},
      {.name = "trust-forwarded",
       .kind = OptionKind::boolean,
       .help = "keep the clients' Forwarded and X-Forwarded-* fields: they are proxies",
       .group = clients},
  };
}

/// The same for `serve` and for the commands that ask it.
Option status_listen_option(const std::string& group, std::string help) {
  return {.name = "status-listen",
          .kind = OptionKind::text_list,
          .default_note = "unix:" + std::string(status_directory) + "/status.sock",
          .help = std::move(help),
          .group = group,
          .value_name = "AT"};
}

std::vector<Option> operation_options() {
  return {
      {.name = "log-level",
       .default_text = "info",
       .help = "trace, debug, info, warn, error or off",
       .group = logging,
       .value_name = "LEVEL",
       .choices = {"trace", "debug", "info", "warn", "error", "off"}},
      {.name = "log-format",
       .default_text = "auto",
       .help = "human, json, or auto: human on a terminal",
       .group = logging,
       .value_name = "FORMAT",
       .choices = {"auto", "human", "json"}},
      status_listen_option(operation, "status pages"),
      {.name = "grace-period",
       .kind = OptionKind::duration,
       .default_text = options::format_duration(default_limits.grace_period),
       .help = "time for requests in flight after SIGTERM",
       .group = operation,
       .value_name = "TIME",
       .maximum = hour,
       .multiple_of = second},
      {.name = "drain-delay",
       .kind = OptionKind::duration,
       .default_text = "0s",
       .help = "time after SIGTERM for load balancers to notice",
       .group = operation,
       .value_name = "TIME",
       .maximum = hour},
      {.name = "ready-wait",
       .kind = OptionKind::duration,
       .default_text = "15s",
       .help = "/ready waits for agents so long after the start",
       .group = operation,
       .value_name = "TIME",
       .maximum = hour},
  };
}

Option timeout(std::string name, std::chrono::seconds value, std::chrono::seconds minimum,
               std::chrono::seconds maximum, std::string help) {
  return {.name = std::move(name),
          .kind = OptionKind::duration,
          .default_text = options::format_duration(value),
          .help = std::move(help),
          .group = timeouts,
          .value_name = "TIME",
          .minimum = std::chrono::milliseconds(minimum).count(),
          .maximum = std::chrono::milliseconds(maximum).count(),
          .multiple_of = second};
}

std::vector<Option> timeout_options() {
  using std::chrono::seconds;
  const Limits& limits = default_limits;
  const ClientLimits clients_default;
  return {
      timeout("setup-timeout", limits.setup_stage, seconds(1), seconds(60),
              "each stage of an agent's connection"),
      timeout("connection-life", limits.connection_life, limits.connection_life_minimum,
              seconds(30 * 86400), "age at which connections are replaced"),
      timeout("hold-time", limits.hold_time, seconds(0), seconds(60),
              "how long a request waits for its tunnel"),
      timeout("header-timeout", limits.header_block_time, seconds(1), seconds(300),
              "a client's request head from first to last byte"),
      timeout("client-idle-timeout", clients_default.idle, seconds(1), seconds(86400),
              "HTTP/1.1 connection of a client without a request"),
      timeout("client-http2-idle-timeout", clients_default.http2_idle, seconds(1), seconds(86400),
              "HTTP/2 connection of a client without a request"),
      timeout("client-stall-timeout", limits.origin_idle_read, seconds(1), seconds(86400),
              "a client neither sends nor takes a byte of a body"),
  };
}

Option count_limit(std::string name, std::size_t value, std::string help) {
  return {.name = std::move(name),
          .kind = OptionKind::integer,
          .default_text = std::to_string(value),
          .help = std::move(help),
          .group = capacity,
          .value_name = "N",
          .minimum = 1,
          .maximum = 1'000'000};
}

std::vector<Option> capacity_options() {
  const Limits& limits = default_limits;
  const ClientLimits clients_default;
  const AgentLimits agents_default;
  return {
      count_limit("client-connections", clients_default.connections,
                  "connections of clients to one listener"),
      count_limit("client-streams", limits.streams_per_connection,
                  "requests at a time on one HTTP/2 connection of a client"),
      count_limit("client-resets", limits.peer_resets.count,
                  "streams that a client may reset in a second; ten times as many at once"),
      count_limit("client-caused-resets", limits.caused_resets.count,
                  "streams in a second that a client makes the edge reset; ten times as many at "
                  "once"),
      count_limit("agent-setups", agents_default.half_open,
                  "connections of agents that are being set up"),
      count_limit("connections-per-tunnel", agents_default.connections_per_tunnel,
                  "connections of all agents of one tunnel"),
  };
}

Option suspicion(std::string name, std::chrono::milliseconds value, std::string help) {
  return {.name = std::move(name),
          .kind = OptionKind::duration,
          .default_text = options::format_duration(value),
          .help = std::move(help),
          .group = timeouts,
          .value_name = "TIME",
          .minimum = 50,
          .maximum = 60 * second};
}

std::vector<Option> suspicion_options() {
  return {suspicion("suspect-quiet", default_agent_limits.suspect_quiet,
                    "quiet after a request before a PING"),
          suspicion("suspect-answer", default_agent_limits.suspect_answer,
                    "quiet after it: others are preferred")};
}

void append(std::vector<Option>& table, const std::vector<Option>& part) {
  table.insert(table.end(), part.begin(), part.end());
}

Command serve_command() {
  Command command{
      .path = "serve",
      .summary = "accept agents, serve clients of their services",
      .groups = {{storage, {}},
                 {agents, {}},
                 {clients, {}},
                 {operation, {}},
                 {logging, "log"},
                 {timeouts, "limits"},
                 {capacity, "limits"},
                 {http_limits, "limits"}},
      .options = storage_options(),
      .examples = {"outhaul-edge serve --public-name edge.example.net",
                   "outhaul-edge serve --data-dir ./edge --agent-listen 127.0.0.1:7844"},
  };
  append(command.options, agent_options());
  append(command.options, client_options());
  append(command.options, operation_options());
  append(command.options, options::access_log_options(logging));
  append(command.options, timeout_options());
  append(command.options, options::liveness_options(timeouts, default_limits.ping_interval,
                                                    "silence of a tunnel before a PING"));
  append(command.options, suspicion_options());
  append(command.options, capacity_options());
  append(command.options, options::http_limit_options(http_limits));
  command.reads_configuration = true;
  command.look_closer = [](const options::Values& values, const options::ConfigurationFile&,
                           options::Problems& problems) { read_serve_options(values, problems); };
  return command;
}

Command admin_command(std::string path, std::string summary,
                      std::vector<options::Positional> positionals, std::string example) {
  Command command{
      .path = std::move(path),
      .summary = std::move(summary),
      .groups = {{input, {}}, {output, {}}, {storage, {}}},
      .positionals = std::move(positionals),
      .examples = {std::move(example)},
  };
  command.options = without_keys(
      {{.name = "json", .kind = OptionKind::boolean, .help = "print JSON", .group = output}});
  append(command.options, storage_options());
  command.reads_configuration = true;
  return command;
}

Command service_create_command() {
  Command command = admin_command("service create", "register a service", {},
                                  "outhaul-edge service create --file service.json");
  command.description =
      "The file holds one JSON object: type, name, http_port, https_port or tcp_port, host, and "
      "tls_settings where needed.";
  command.options.insert(command.options.begin(), {.name = "file",
                                                   .kind = OptionKind::path,
                                                   .help = "JSON of the service, - for stdin",
                                                   .group = input,
                                                   .value_name = "FILE",
                                                   .required = true,
                                                   .forms = OptionForms::flag_and_environment});
  return command;
}

Command connect_command() {
  Command command{
      .path = "connect",
      .summary = "give local programs a tcp service, by a port or by standard input and output",
      .description =
          "Runs beside the edge and carries each connection to the service by CONNECT. The token "
          "comes from outhaul-edge binding create; without one the edge's listener must be bound "
          "to the service. A service's name needs access to the edge's storage, its id does not.",
      .groups = {{clients, {}}, {storage, {}}},
      .positionals = {{"SERVICE", "its name or id"}},
      .examples = {"outhaul-edge connect orders-db --token-file token --listen 127.0.0.1:5432",
                   "ssh -o ProxyCommand='outhaul-edge connect %h --token-file t --stdio' bastion"},
  };
  command.options = without_keys({
      {.name = "listen",
       .kind = OptionKind::text,
       .help = "where programs connect: ADDRESS:PORT or unix:PATH",
       .group = clients,
       .value_name = "WHERE"},
      {.name = "stdio",
       .kind = OptionKind::boolean,
       .help = "one connection over standard input and output",
       .group = clients},
      {.name = "token-file",
       .kind = OptionKind::path,
       .default_note = "a listener bound to the service",
       .help = "file with a binding's token",
       .group = clients,
       .value_name = "FILE"},
      {.name = "edge",
       .kind = OptionKind::text,
       .default_text = "127.0.0.1:7880",
       .help = "binding listener of the edge: ADDRESS:PORT or unix:PATH",
       .group = clients,
       .value_name = "WHERE"},
  });
  append(command.options, storage_options());
  command.reads_configuration = true;
  return command;
}

const std::string running = "The running edge";

Command ready_command() {
  return {
      .path = "ready",
      .summary = "exit with 0 when the running edge takes agents and requests, else with 5",
      .groups = {{running, {}}},
      .options = {status_listen_option(running, "where it answers"), configuration_option(running)},
      .examples = {"outhaul-edge ready"},
      .reads_configuration = true};
}

Command set_level_command() {
  return {.path = "logs set-level",
          .summary = "change the running edge's log level until it ends",
          .groups = {{running, {}}},
          .options = {status_listen_option(running, "unix socket where it answers"),
                      configuration_option(running)},
          .positionals = {{"LEVEL", "trace, debug, info, warn, error or off"}},
          .examples = {"outhaul-edge logs set-level debug"},
          .reads_configuration = true};
}

Command check_config_command() {
  return {
      .path = "check config",
      .summary = "show every mistake in the configuration file, or what is in force",
      .description =
          "FILE is the same as --config FILE. The exit code is 3 when there is a problem.",
      .groups = {{storage, {}}, {output, {}}},
      .options = without_keys({configuration_option(storage),
                               {.name = "json",
                                .kind = OptionKind::boolean,
                                .help = "print one JSON object",
                                .group = output}}),
      .positionals = {{"[FILE]", "configuration file", true}},
      .examples = {"outhaul-edge check config"},
  };
}

std::vector<Command> commands() {
  const options::Positional tunnel{"TUNNEL", "its name or id"};
  const options::Positional service{"SERVICE", "its name or id"};
  const options::Positional binding{"BINDING", "its id"};
  const Command serve = serve_command();
  return {
      serve,
      connect_command(),
      admin_command("tunnel create", "make a tunnel and print its token, once",
                    {{"NAME", "a name that no other tunnel has"}},
                    "outhaul-edge tunnel create office"),
      admin_command("tunnel list", "list tunnels", {}, "outhaul-edge tunnel list --json"),
      admin_command("tunnel delete", "delete a tunnel; its agents are refused from then on",
                    {tunnel}, "outhaul-edge tunnel delete office"),
      admin_command("tunnel rotate",
                    "make a second token and print it, once; both are good until you revoke one",
                    {tunnel}, "outhaul-edge tunnel rotate office"),
      admin_command("tunnel keys", "list a tunnel's keys and the connections of each", {tunnel},
                    "outhaul-edge tunnel keys office"),
      admin_command("tunnel revoke", "revoke one of two keys; its connections are cut",
                    {tunnel, {"KEY", "its first digits, at least 8"}},
                    "outhaul-edge tunnel revoke office 7a48ae44"),
      admin_command("tunnel disable", "cut off a tunnel's agents until it is enabled", {tunnel},
                    "outhaul-edge tunnel disable office"),
      admin_command("tunnel enable", "let a disabled tunnel's agents connect again", {tunnel},
                    "outhaul-edge tunnel enable office"),
      service_create_command(),
      admin_command("service list", "list services", {}, "outhaul-edge service list"),
      admin_command("service get", "show a service", {service},
                    "outhaul-edge service get internal-api"),
      admin_command("service delete", "delete a service", {service},
                    "outhaul-edge service delete internal-api"),
      admin_command("binding create", "let a client use a service; prints its token, once",
                    {service}, "outhaul-edge binding create internal-api"),
      admin_command("binding list", "list bindings", {}, "outhaul-edge binding list"),
      admin_command("binding delete", "revoke a binding", {binding},
                    "outhaul-edge binding delete 453b6067-1327-420d-89b3-2b6ad16e6551"),
      ready_command(),
      set_level_command(),
      admin_command("status", "show what the running edge knows, who is connected", {},
                    "outhaul-edge status --json"),
      admin_command("drain",
                    "let the running edge send its agents elsewhere, finish its requests and end",
                    {}, "outhaul-edge drain"),
      backup_command(storage_options()),
      restore_command(storage_options()),
      check::check_command(serve.options),
      check_config_command(),
      check::diag_command(serve.options),
      options::completion_command("outhaul-edge"),
      options::version_command(),
  };
}

}  // namespace

options::Program edge_program() {
  return {
      .name = "outhaul-edge",
      .version = OUTHAUL_VERSION,
      .summary = "accepts agents and gives clients access to the services behind them",
      .environment_prefix = "OUTHAUL_EDGE",
      .commands = commands(),
      .exit_codes = exit_codes(),
      .configuration = {.default_path = default_configuration_path, .command = "serve"},
      .configuration_exit_code = exit_configuration,
  };
}

}  // namespace outhaul::edge
