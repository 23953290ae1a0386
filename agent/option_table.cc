#include "agent/option_table.h"

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>

#include "agent/compatibility/tunnel_run.h"
#include "agent/diag/command.h"
#include "agent/diagnose/setup/command.h"
#include "agent/exit_codes.h"
#include "agent/install/install.h"
#include "agent/options.h"
#include "agent/reach/reach_options.h"
#include "agent/settings/configured_services.h"
#include "agent/settings/service_options.h"
#include "agent/token/inspect.h"
#include "common/base/limits.h"
#include "common/options/access_log_options.h"
#include "common/options/completion.h"
#include "common/options/limit_options.h"
#include "common/options/liveness_options.h"
#include "common/options/value_syntax.h"
#include "common/options/version_page.h"

namespace outhaul::agent {
namespace {

using options::Command;
using options::Option;
using options::OptionForms;
using options::OptionKind;

constexpr std::int64_t second = 1000;
constexpr std::int64_t hour = 3600 * second;

const std::string identity = "Identity";
const std::string edge = "Edge";
const std::string policy = "Policy, what an edge may ask for";
const std::string resolving = "Names and addresses";
const std::string operation = "Operation";
const std::string logging = "Log";
const std::string timeouts(timeout_group);
const std::string capacity = "Capacity";
const std::string liveness = "Liveness of connections to edges";
const std::string http_limits = "Limits of HTTP, toward edges and origins";
const std::string target = "Target";
const std::string request = "Request";

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

std::vector<Option> identity_options() {
  return {
      {.name = "tunnel-id",
       .help = "the tunnel to serve",
       .group = identity,
       .value_name = "UUID",
       .required = true},
      {.name = "token-file",
       .kind = OptionKind::path,
       .default_note = std::string(default_token_path) + " if it exists",
       .help = "file with the tunnel's token, mode 0600",
       .group = identity,
       .value_name = "FILE"},
      {.name = "credentials-file",
       .kind = OptionKind::path,
       .help = "the same as JSON, instead of a token",
       .group = identity,
       .value_name = "FILE"},
      {.name = "token",
       .help = "the token itself; a file is safer",
       .group = identity,
       .value_name = "TOKEN",
       .forms = OptionForms::environment,
       .environment = "TUNNEL_TOKEN"},
  };
}

std::vector<Option> edge_options() {
  return {
      {.name = "edge",
       .kind = OptionKind::text_list,
       .default_note = "from the token",
       .help = "edge to dial, or srv:NAME",
       .group = edge,
       .value_name = "HOST[:PORT]"},
      {.name = "edge-ca",
       .kind = OptionKind::path,
       .default_note = "pins of the token, else system",
       .help = "PEM file of CAs for edges",
       .group = edge,
       .value_name = "FILE"},
      {.name = "connections",
       .kind = OptionKind::integer,
       .default_text = std::to_string(default_limits.connections_per_agent),
       .help = "connections to keep, 1 to 16",
       .group = edge,
       .value_name = "N",
       .minimum = 1,
       .maximum = 16},
      {.name = "zone",
       .help = "zone of this agent; edges of the same zone prefer it",
       .group = edge,
       .value_name = "NAME"},
      {.name = "weight",
       .kind = OptionKind::integer,
       .default_text = std::to_string(tunnel::session_weight_maximum),
       .help = "share of requests among agents, 1 to 100",
       .group = edge,
       .value_name = "N",
       .minimum = 1,
       .maximum = tunnel::session_weight_maximum},
      {.name = "profile",
       .default_text = "ptth",
       .help = "how connections are set up",
       .group = edge,
       .value_name = "NAME",
       .choices = {"ptth", "rhttp"}},
  };
}

std::vector<Option> policy_options() {
  return {
      {.name = "permit",
       .kind = OptionKind::text_list,
       .help = "lift a default denial: 127.0.0.1:8080",
       .group = policy,
       .value_name = "TARGET"},
      {.name = "allow",
       .kind = OptionKind::text_list,
       .help = "deny all but this: 10.0.0.0/8, *.corp.internal:443, service:UUID",
       .group = policy,
       .value_name = "TARGET"},
      {.name = "deny",
       .kind = OptionKind::text_list,
       .help = "deny this: 10.0.0.7, db.internal:1-1023",
       .group = policy,
       .value_name = "TARGET"},
      {.name = "policy-dry-run",
       .kind = OptionKind::boolean,
       .help = "log what allow and deny would refuse, and let it pass",
       .group = policy},
  };
}

std::vector<Option> name_options() {
  return {
      {.name = "dns-suffix",
       .kind = OptionKind::text_list,
       .help = "DNS servers for all names of a domain: corp.internal=10.0.0.53,10.0.1.53",
       .group = resolving,
       .value_name = "SUFFIX=IPS"},
      {.name = "dns-search",
       .kind = OptionKind::boolean,
       .help = "complete names by search and ndots of resolv.conf",
       .group = resolving},
      {.name = "hosts-file",
       .kind = OptionKind::path,
       .default_text = "/etc/hosts",
       .help = "names to know without DNS; none for no file",
       .group = resolving,
       .value_name = "FILE"},
      {.name = "origin-family",
       .default_text = "auto",
       .help = "addresses of services to prefer or to use alone",
       .group = resolving,
       .value_name = "FAMILY",
       .choices = {"auto", "ipv4-first", "ipv4-only", "ipv6-first", "ipv6-only"}},
  };
}

/// The same for `run` and for the commands that ask it.
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
      configuration_option(operation),
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
      {.name = "upgrade-grace",
       .kind = OptionKind::duration,
       .default_text = "10m",
       .help = "the same after SIGUSR2, an upgrade in place",
       .group = operation,
       .value_name = "TIME",
       .maximum = 24 * hour,
       .multiple_of = second},
      {.name = "exit-on-deleted",
       .kind = OptionKind::boolean,
       .help = "end when the edge says that the tunnel was deleted",
       .group = operation},
  };
}

Option limit(std::string name, std::uint32_t value, std::string help) {
  return {.name = std::move(name),
          .kind = OptionKind::integer,
          .default_text = std::to_string(value),
          .help = std::move(help),
          .group = capacity,
          .value_name = "N",
          .minimum = 1,
          .maximum = 65536};
}

std::vector<Option> capacity_options() {
  const Limits& limits = default_limits;
  return {
      limit("streams-per-connection", limits.streams_per_connection,
            "requests at a time on one connection"),
      limit("streams", limits.streams_per_agent, "requests at a time in all"),
      {.name = "threads",
       .kind = OptionKind::integer,
       .default_text = "1",
       .help = "threads that share the connections, 1 to 16",
       .group = capacity,
       .value_name = "N",
       .minimum = 1,
       .maximum = 16},
  };
}

std::vector<Option> dns_options() {
  return {{.name = "dns-timeout",
           .kind = OptionKind::duration,
           .default_text = options::format_duration(default_limits.dns_total),
           .help = "one name resolution in all",
           .group = timeouts,
           .value_name = "TIME",
           .minimum = second,
           .maximum = 24 * hour,
           .multiple_of = second}};
}

Command run_command() {
  Command command{
      .path = "run",
      .summary = "connect this network to its edges and serve their requests",
      .groups = {{identity, {}},
                 {edge, {}},
                 {policy, {}},
                 {std::string(reach_group), "reach"},
                 {resolving, "names"},
                 {operation, {}},
                 {logging, "log"},
                 {timeouts, "limits"},
                 {liveness, "limits"},
                 {capacity, "limits"},
                 {std::string(service_capacity_group), "limits"},
                 {std::string(origin_group), "origins"},
                 {http_limits, "limits"},
                 {std::string(rhttp_group), "rhttp"}},
      .examples = {"outhaul run --tunnel-id 6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11",
                   "outhaul run --tunnel-id $ID --token-file ./token --permit 127.0.0.1:8080"},
  };
  for (const auto& part :
       {identity_options(), edge_options(), reach_option_table(), policy_options(), name_options(),
        operation_options(), options::access_log_options(logging), capacity_options(),
        service_options(), dns_options(),
        options::liveness_options(liveness, default_limits.ping_interval_maximum,
                                  "silence before a PING, if the edge asks for no less"),
        options::http_limit_options(http_limits), rhttp_options()}) {
    command.options.insert(command.options.end(), part.begin(), part.end());
  }
  command.reads_configuration = true;
  command.look_closer = [](const options::Values& values, const options::ConfigurationFile& file,
                           options::Problems& problems) {
    const AgentOptions read = read_run_options(values, file, problems);
    load_services(read.configured_services, nullptr, problems);
  };
  return command;
}

/// What is asked about, of the commands that explain what an agent would do.
std::vector<Option> target_options() {
  return {
      {.name = "service",
       .help = "service for whom, where rules name services",
       .group = target,
       .value_name = "UUID"},
      {.name = "server",
       .kind = OptionKind::text_list,
       .default_note = "system",
       .help = "DNS server to ask, at most 4",
       .group = target,
       .value_name = "IP[:PORT]"},
      {.name = "srv",
       .help = "ask for SRV records: http is _http._tcp.NAME",
       .group = target,
       .value_name = "SERVICE"},
      {.name = "json",
       .kind = OptionKind::boolean,
       .help = "print one JSON object",
       .group = target},
  };
}

std::vector<Option> request_options() {
  return {
      {.name = "type",
       .default_text = "http",
       .help = "http, or tcp to stop before HTTP",
       .group = request,
       .value_name = "TYPE",
       .choices = {"http", "tcp"}},
      {.name = "tls",
       .kind = OptionKind::boolean,
       .help = "speak TLS with the service",
       .group = request},
      {.name = "tls-verify",
       .default_text = "verify_full",
       .help = "verify_full, verify_ca (any name) or disabled",
       .group = request,
       .value_name = "MODE",
       .choices = {"verify_full", "verify_ca", "disabled"}},
      {.name = "sni",
       .default_note = "HOST",
       .help = "name to ask for and to verify in TLS",
       .group = request,
       .value_name = "NAME"},
      {.name = "method",
       .default_text = "GET",
       .help = "GET or HEAD",
       .group = request,
       .value_name = "METHOD",
       .choices = {"GET", "HEAD"}},
      {.name = "path",
       .default_text = "/",
       .help = "path and query to ask for",
       .group = request,
       .value_name = "PATH"},
  };
}

/// The timeouts of `run` that have one of these names.
std::vector<Option> timeouts_named(std::initializer_list<std::string_view> names) {
  std::vector<Option> table = service_timeout_options();
  for (Option& option : dns_options())
    table.push_back(std::move(option));
  std::erase_if(table,
                [&](const Option& option) { return std::ranges::count(names, option.name) == 0; });
  return table;
}

Command resolve_command() {
  Command command{
      .path = "resolve",
      .summary = "show what the agent makes of a name: DNS and policy",
      .description =
          "Asks the servers that the agent would ask and judges each address by its "
          "policy. PORT, for rules with ports, is 80 unless given.",
      .groups = {{target, {}}, {policy, {}}, {resolving, "names"}, {timeouts, {}}},
      .positionals = {{"NAME[:PORT]", "host name"}},
      .examples = {"outhaul resolve api.internal",
                   "outhaul resolve db.internal:5432 --server 10.0.0.53 --json"},
  };
  for (const auto& part : {without_keys(target_options()), policy_options(), name_options(),
                           timeouts_named({"dns-timeout"})}) {
    command.options.insert(command.options.end(), part.begin(), part.end());
  }
  command.options.push_back(configuration_option(target));
  command.reads_configuration = true;
  return command;
}

Command check_command() {
  Command command{
      .path = "check service",
      .summary = "walk the agent's way to a service and tell where it stops",
      .description =
          "Policy, DNS, policy on each address, TCP, TLS, HTTP, as the agent does it. "
          "The addresses of edges, which `run` protects too, are not known here.",
      .groups =
          {{target, {}}, {request, {}}, {policy, {}}, {resolving, "names"}, {timeouts, "limits"}},
      .positionals = {{"HOST:PORT", "the service"}},
      .examples = {"outhaul check service api.internal:8080",
                   "outhaul check service api.internal:8443 --tls --origin-ca ca.pem"},
  };
  for (const auto& part :
       {without_keys(target_options()), without_keys(request_options()), policy_options(),
        name_options(),
        timeouts_named({"connect-timeout", "tls-timeout", "first-byte-timeout", "dns-timeout"})}) {
    command.options.insert(command.options.end(), part.begin(), part.end());
  }
  // The CA file is a setting of `run` as well.
  command.options.push_back(origin_ca_option(request));
  command.options.push_back(configuration_option(target));
  command.reads_configuration = true;
  return command;
}

const std::string running = "The running agent";

Command status_command() {
  return {.path = "status",
          .summary = "show what the running agent does",
          .groups = {{running, {}}},
          .options = {status_listen_option(running, "where it answers"),
                      configuration_option(running),
                      {.name = "watch",
                       .kind = OptionKind::boolean,
                       .help = "refresh every second until Ctrl-C",
                       .group = running,
                       .forms = OptionForms::flag_and_environment},
                      {.name = "json",
                       .kind = OptionKind::boolean,
                       .help = "print one JSON object",
                       .group = running,
                       .forms = OptionForms::flag_and_environment}},
          .examples = {"outhaul status --watch"},
          .reads_configuration = true};
}

Command ready_command() {
  return {
      .path = "ready",
      .summary = "exit with 0 when the running agent can carry a request, else with 5",
      .groups = {{running, {}}},
      .options = {status_listen_option(running, "where it answers"), configuration_option(running)},
      .examples = {"outhaul ready", "outhaul ready --status-listen 127.0.0.1:9464"},
      .reads_configuration = true};
}

Command set_level_command() {
  return {.path = "logs set-level",
          .summary = "change the log level of the running agent, until it ends",
          .groups = {{running, {}}},
          .options = {status_listen_option(running, "unix socket where it answers"),
                      configuration_option(running)},
          .positionals = {{"LEVEL", "trace, debug, info, warn, error or off"}},
          .examples = {"outhaul logs set-level debug"},
          .reads_configuration = true};
}

Command check_config_command() {
  return {
      .path = "check config",
      .summary = "show every mistake in the configuration file, or what is in force",
      .description =
          "Reads what outhaul run would read, except the token. FILE is the same as "
          "--config FILE. The exit code is 3 when there is a problem.",
      .groups = {{target, {}}},
      .options = without_keys({configuration_option(target),
                               {.name = "json",
                                .kind = OptionKind::boolean,
                                .help = "print one JSON object",
                                .group = target}}),
      .positionals = {{"[FILE]", "configuration file", true}},
      .examples = {"outhaul check config", "outhaul check config ./outhaul.toml --json"},
  };
}

options::ConfigurationSchema configuration_schema() {
  const std::string secret =
      "a secret has no place in this file; put it into a file of mode 0600 and name that with "
      "token_file = \"/etc/outhaul/token\"";
  options::ConfigurationSchema schema{
      .default_path = default_configuration_path,
      .command = "run",
      .section = "service",
      .section_value_name = "UUID",
      .section_options = single_service_options(),
      .list = "ingress",
      .list_summary =
          "Where requests go that come without a service descriptor, as those of "
          "HAProxy do. The first entry that matches a request counts.",
      .list_options = ingress_options(),
      .refused_keys = {{"token", secret},
                       {"tunnel_token", secret},
                       {"secret", secret},
                       {"tunnel_secret", secret},
                       {"config", "names this file; give it as --config FILE"}},
  };
  for (Option& option : service_options())
    schema.section_options.push_back(std::move(option));
  return schema;
}

}  // namespace

options::Program agent_program() {
  return {
      .name = "outhaul",
      .version = OUTHAUL_VERSION,
      .summary = "serves a private network through connections that it dials itself",
      .environment_prefix = "OUTHAUL",
      .commands = {run_command(), tunnel_run_command(), setup::check_command(run_command().options),
                   check_config_command(), check_command(), resolve_command(), status_command(),
                   ready_command(), set_level_command(), token_inspect_command(),
                   diag_command(run_command().options), install_command(), uninstall_command(),
                   options::completion_command("outhaul"), options::version_command()},
      .exit_codes = exit_codes(),
      .configuration = configuration_schema(),
      .configuration_exit_code = exit_configuration,
  };
}

}  // namespace outhaul::agent
