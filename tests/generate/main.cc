#include <cstdio>
#include <string>
#include <string_view>

#include "agent/option_table.h"
#include "common/options/annotated_file.h"
#include "edge/option_table.h"

// Prints one of the files that are made from the option tables.
namespace {

using namespace outhaul;

constexpr std::string_view introduction = R"(# Configuration

This page is made from the option tables by `scripts/generate`; do not edit it.

Both programs run without a configuration file. Where there is one, it is [TOML](https://toml.io):

```toml
tunnel_id = "6f1d0a5e-8a2e-4a52-9a51-0f6f6b3f2c11"
token_file = "/etc/outhaul/token"
permit = ["127.0.0.1:8080"]
connect_timeout = "5s"

[service."e6a0817c-79c5-40ca-9776-a1c019defe70"]
address = "unix:/run/app.sock"
request_body_limit = "10MiB"
```

The complete annotated default is `packaging/outhaul.toml`; the packages install it.

## Rules

- **Which value counts**: a flag wins over its environment variable, that over the key of the file,
  that over the default. A list is taken whole from the first of them that has it. What stands in
  the section of a service wins over all of them, for this service.
- **Forms**: text, durations (`"250ms"`, `"30s"`, `"5m"`, `"1h"`) and sizes (`"512B"`, `"64KiB"`,
  `"1MiB"`, `"2GiB"`) stand in double quotes; whole numbers, `true` and `false` do not. Lists are
  `["one", "two"]`.
- **Order**: keys that hold for everything come first. A key behind a `[section]` header belongs
  to that section, up to the next header.
- **Services** are named by id, because the edge tells the agent the id and not the name;
  `outhaul-edge service list` shows both. Those that an `[[ingress]]` entry names are called as
  there: `[service.web]`. [HAProxy as the edge](haproxy-edge.md) explains the entries.
- **Secrets** have no place in the file. `token_file` names a file of mode 0600.
- **Mistakes**: `outhaul check config` and `outhaul-edge check config` print every mistake with
  file, line, column and the fix, and end with 3. Without a mistake they print each value in force
  and where it came from. `--json` does the same for programs.

## Changes while the agent runs

`outhaul run` reads the file again on SIGHUP, and by itself when the file changes: edited in place,
replaced, or reached over a symbolic link that now leads elsewhere. It does the same for each
certificate file that the configuration names. It takes all or nothing: with a single mistake
everything stays as it was. Requests under way finish with what they began with. The log says what
happened:

- `config_reloaded` lists what changed, and what differs but needs a restart;
- `config_problem`, one line for each mistake, then `config_refused`.

These take effect at once: `permit`, `allow`, `deny`, `log_level`, `grace_period`, the three keys of
the access log, `ingress`, everything about services (timeouts, capacity of one service, origins) and
their sections. Everything else needs a restart, and the log line names it. Token, CA file and
certificates: see [credentials](credentials.md), which also says what a running `outhaul-edge` takes
from its file.

## Single services

- `address` sends the service somewhere else than the edge says: `host:port`, `ip:port` or
  `unix:/path`. A name is looked up by the system's resolver. The policy judges the new address as
  it would the edge's, so loopback needs a `permit`. A unix socket has no address: only rules about
  the service's id or host name speak of it.
- `host` is what the origin sees as `Host`, and in TLS the name to ask for unless `server_name` or
  the service says another. Redirects and cookies of the origin are passed on unchanged.
- `server_name` is the name to ask for and to verify in TLS, whatever else is said.
- `origin_ca`, `origin_client_cert` and `origin_client_key` are PEM files. The agent shows the
  certificate to origins that ask for one (mutual TLS). Changed files are read again; connections
  that were made with the old ones are not used again. A section that names a certificate names its
  key, too.
- `request_body_limit` answers 413. A request that announces more is refused before a byte is sent;
  else the body is cut at the limit, and so is the origin's connection.

)";

std::string configuration_page() {
  std::string page(introduction);
  page += options::configuration_reference(agent::agent_program());
  page += "\n" + options::configuration_reference(edge::edge_program());
  return page;
}

std::string file_named(std::string_view path) {
  if (path == "docs/configuration.md") return configuration_page();
  if (path == "packaging/outhaul.toml") {
    return options::annotated_configuration(agent::agent_program());
  }
  if (path == "packaging/outhaul-edge.toml") {
    return options::annotated_configuration(edge::edge_program());
  }
  return {};
}

}  // namespace

int main(int argument_count, char** arguments) {
  const std::string text = argument_count == 2 ? file_named(arguments[1]) : std::string();
  if (text.empty()) {
    std::fputs(
        "usage: outhaul-generate docs/configuration.md|packaging/outhaul.toml|"
        "packaging/outhaul-edge.toml\n",
        stderr);
    return 2;
  }
  return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? 1 : 0;
}
