#include "agent/compatibility/tunnel_run.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "common/base/uuid.h"
#include "common/options/value_syntax.h"
#include "common/tunnel/secret.h"
#include "common/tunnel/token.h"

namespace outhaul::agent {

namespace {

using options::Option;
using options::OptionForms;
using options::OptionKind;
using options::Values;

const std::string group = "As cloudflared has them";

/// A flag of cloudflared that is refused, and what to do instead.
struct Refused {
  std::string_view flag;
  std::string_view instead;
};

constexpr std::string_view at_the_edge =
    "what is served is registered at the edge: outhaul-edge service create --file service.json";
constexpr std::string_view per_service =
    "it is a setting of a service: [service.\"UUID\"] in the configuration file, see outhaul help "
    "run origins";
constexpr std::string_view to_journald =
    "the log goes to standard error, where journald or the container keeps it";
constexpr std::string_view by_packages = "outhaul never updates itself; packages do, leave it out";

constexpr std::array refused{
    Refused{"--url", at_the_edge},
    Refused{"--unix-socket", at_the_edge},
    Refused{"--hello-world", at_the_edge},
    Refused{"--hostname", at_the_edge},
    Refused{"--http-host-header", per_service},
    Refused{"--origin-server-name", per_service},
    Refused{"--origin-ca-pool", "write --origin-ca FILE with outhaul run"},
    Refused{"--no-tls-verify", "the edge says it of the service (tls_settings)"},
    Refused{"--proxy-connect-timeout", "write --connect-timeout with outhaul run"},
    Refused{"--proxy-tls-timeout", "write --tls-timeout with outhaul run"},
    Refused{"--autoupdate-freq", by_packages},
    Refused{"--logfile", to_journald},
    Refused{"--log-directory", to_journald},
    Refused{"--transport-loglevel",
            "there is one level: --loglevel, or --log-level of outhaul run"},
    Refused{"--pidfile",
            "the service manager knows the process; outhaul ready tells when it works"},
    Refused{"--origincert", "a tunnel's token is enough here: --token-file FILE"},
    Refused{"--edge-ip-version", "the addresses of the edge's name count, see outhaul check"},
    Refused{"--edge-bind-address", "the routes of this machine decide"},
    Refused{"--region", "name the edges: --edge HOST"},
    Refused{"--retries", "outhaul goes on trying; leave it out"},
    Refused{"--post-quantum", "OpenSSL chooses the key exchange; leave it out"},
    Refused{"--token=", "every user can read command lines: use --token-file FILE or TUNNEL_TOKEN"},
};

std::vector<Option> table() {
  const auto text = [](std::string name, std::string variable, std::string help,
                       std::string value_name) {
    return Option{.name = std::move(name),
                  .help = std::move(help),
                  .group = group,
                  .value_name = std::move(value_name),
                  .forms = OptionForms::flag_and_environment,
                  .environment = std::move(variable)};
  };
  Option update = text("no-autoupdate", "NO_AUTOUPDATE", "taken and without effect", "");
  update.kind = OptionKind::boolean;
  Option level = text("loglevel", "TUNNEL_LOGLEVEL", "as --log-level; fatal is error", "LEVEL");
  level.choices = {"debug", "info", "warn", "error", "fatal", "panic"};
  Option protocol = text("protocol", "TUNNEL_TRANSPORT_PROTOCOL", "auto or http2", "NAME");
  protocol.choices = {"auto", "http2"};
  Option output = text("output", "TUNNEL_LOG_OUTPUT", "as --log-format; default is auto", "NAME");
  output.choices = {"default", "json"};
  Option edges = text("edge", "TUNNEL_EDGE", "edge to dial", "HOST[:PORT]");
  edges.kind = OptionKind::text_list;
  Option token{.name = "token",
               .help = "the token itself; a file is safer",
               .group = group,
               .value_name = "TOKEN",
               .forms = OptionForms::environment,
               .environment = "TUNNEL_TOKEN"};
  return {std::move(token),
          text("token-file", "TUNNEL_TOKEN_FILE", "file with the tunnel's token", "FILE"),
          text("credentials-file", "TUNNEL_CRED_FILE", "the same as JSON", "FILE"),
          text("config", "OUTHAUL_CONFIG", "configuration file of outhaul, TOML", "FILE"),
          std::move(level),
          std::move(output),
          text("metrics", "TUNNEL_METRICS", "as --status-listen", "ADDRESS:PORT"),
          text("grace-period", "TUNNEL_GRACE_PERIOD", "as of outhaul run", "TIME"),
          text("ha-connections", "TUNNEL_HA_CONNECTIONS", "as --connections", "N"),
          std::move(edges),
          std::move(protocol),
          std::move(update)};
}

/// The flags that take the next word with them.
bool takes_value(std::string_view word) {
  const std::vector<Option> known = table();
  return std::ranges::any_of(known, [word](const Option& option) {
    return option.kind != OptionKind::boolean && option.flag() == word;
  });
}

Result<void> check_refused(std::span<const std::string> words) {
  for (const std::string& word : words) {
    const std::string_view name = std::string_view(word).substr(0, word.find('='));
    for (const Refused& each : refused) {
      if (name != each.flag && !(each.flag.ends_with('=') && word.starts_with(each.flag))) continue;
      return Error{ErrorKind::invalid, std::string(name) + " of cloudflared is not known here: " +
                                           std::string(each.instead)};
    }
    if (word == "--protocol=quic") {
      return Error{ErrorKind::invalid, "--protocol: outhaul speaks http2 only; leave it out"};
    }
  }
  return {};
}

/// Empty when there is no token, which `run` will say.
Result<std::string> tunnel_of_token(const Values& values) {
  for (const char* name : {"token-file", "credentials-file"}) {
    if (!values.has(name)) continue;
    const auto token = tunnel::read_token_file(values.text(name));
    if (token) return token->tunnel_id.to_string();
    return Error{ErrorKind::denied, token.error().message};
  }
  if (!values.has("token")) return std::string();
  std::string text = values.text("token");
  const auto token = tunnel::parse_token(text);
  tunnel::wipe_memory(std::as_writable_bytes(std::span(text.data(), text.size())));
  if (!token) return Error{ErrorKind::denied, "TUNNEL_TOKEN: " + token.error().message};
  return token->tunnel_id.to_string();
}

std::string level_of(const std::string& level) {
  return level == "fatal" || level == "panic" ? "error" : level;
}

std::string listen_of(std::string address) {
  constexpr std::string_view by_name = "localhost:";
  if (address.starts_with(by_name)) address.replace(0, by_name.size(), "127.0.0.1:");
  return address;
}

}  // namespace

options::Command tunnel_run_command() {
  return {.path = "tunnel run",
          .summary = "the same as run, with the command line of cloudflared",
          .description =
              "For unit files, images and charts that exist. Flags may stand before run as well. "
              "Without TUNNEL its id is the token's. Everything else is an option of outhaul run, "
              "by its environment variable or in the configuration file.",
          .groups = {{group, {}}},
          .options = table(),
          .positionals = {{"[TUNNEL]", "UUID of the tunnel", true}},
          .examples = {"TUNNEL_TOKEN=... outhaul tunnel --no-autoupdate run",
                       "outhaul tunnel --metrics 127.0.0.1:2000 run --token-file ./token"}};
}

Result<std::vector<std::string>> reorder_tunnel_arguments(std::vector<std::string> arguments) {
  if (arguments.empty() || arguments.front() != "tunnel") return arguments;
  OUTHAUL_CHECK(check_refused(arguments));
  auto word = arguments.begin() + 1;
  while (word != arguments.end() && *word != "run") {
    if (takes_value(*word) && word + 1 != arguments.end()) ++word;
    ++word;
  }
  if (word == arguments.end()) return arguments;
  std::rotate(arguments.begin() + 1, word, word + 1);
  return arguments;
}

Result<std::vector<std::string>> arguments_of_run(const options::Invocation& invocation) {
  const Values& values = invocation.values;
  std::vector<std::string> arguments{"run"};
  const auto give = [&arguments](std::string flag, std::string value) {
    arguments.push_back(std::move(flag));
    arguments.push_back(std::move(value));
  };
  const std::string& tunnel = invocation.positionals.at(0);
  if (!tunnel.empty()) {
    if (!Uuid::parse(tunnel)) {
      return Error{ErrorKind::invalid,
                   "TUNNEL: " + options::in_quotes(tunnel) +
                       " is no UUID; outhaul knows tunnels by their id, not by name"};
    }
    give("--tunnel-id", tunnel);
  } else {
    OUTHAUL_TRY(id, tunnel_of_token(values));
    if (!id.empty()) give("--tunnel-id", std::move(id));
  }
  for (const char* name : {"token-file", "credentials-file", "config", "grace-period"}) {
    if (values.has(name)) give("--" + std::string(name), values.text(name));
  }
  for (const std::string& edge : values.list("edge"))
    give("--edge", edge);
  if (values.has("loglevel")) give("--log-level", level_of(values.text("loglevel")));
  if (values.text("output") == "json") give("--log-format", "json");
  if (values.has("metrics")) give("--status-listen", listen_of(values.text("metrics")));
  if (values.has("ha-connections")) give("--connections", values.text("ha-connections"));
  return arguments;
}

}  // namespace outhaul::agent
