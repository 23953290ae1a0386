#include "agent/install/install.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include "agent/exit_codes.h"
#include "agent/install/given_configuration.h"
#include "agent/install/service_control.h"
#include "agent/install/service_files.h"
#include "common/base/uuid.h"
#include "common/options/value_syntax.h"
#include "common/tunnel/token.h"

namespace outhaul::agent {

namespace {

using options::OptionKind;

const std::string tunnel_group = "Tunnel";
const std::string system_group = "System";

constexpr std::int64_t second = 1000;

std::vector<options::Option> system_options() {
  return {{.name = "root",
           .kind = OptionKind::path,
           .default_text = "/",
           .help = "another system's tree; nothing is started there",
           .group = system_group,
           .value_name = "DIR"},
          {.name = "group",
           .default_text = "outhaul",
           .help = "group of the service's user, which may read the token",
           .group = system_group,
           .value_name = "NAME"}};
}

Error not_root(std::string_view command) {
  return {ErrorKind::denied, std::string(command) +
                                 " changes /etc and a service; run it as root, with sudo for "
                                 "example"};
}

Result<void> may_change(const options::Values& values, std::string_view command) {
  if (values.path("root") == "/" && ::geteuid() != 0) return not_root(command);
  return {};
}

Result<tunnel::Token> read_token(const options::Values& values) {
  const auto id = Uuid::parse(values.text("tunnel-id"));
  if (!id) {
    return values.error("tunnel-id",
                        options::in_quotes(values.text("tunnel-id")) +
                            " is no UUID; it is what outhaul-edge tunnel create has shown");
  }
  OUTHAUL_TRY(token, tunnel::read_token_file(values.path("token-file").string()));
  if (token.tunnel_id != *id) {
    return values.error("token-file", "the token is of tunnel " + token.tunnel_id.to_string() +
                                          "; name that, or the token of " + id->to_string());
  }
  return token;
}

Result<std::vector<tunnel::EdgeAddress>> read_edges(const options::Values& values) {
  std::vector<tunnel::EdgeAddress> edges;
  for (const std::string& text : values.list("edge")) {
    auto edge = tunnel::EdgeAddress::parse_or_srv(text);
    if (!edge) return values.error("edge", options::in_quotes(text) + ": " + edge.error().message);
    edges.push_back(*std::move(edge));
  }
  return edges;
}

/// Says what it wrote.
Result<std::string> write_files(const options::Values& values, const ServiceFiles& files) {
  std::optional<GivenConfiguration> configuration;
  if (values.has("config")) {
    OUTHAUL_TRY(read, read_given_configuration(values, values.path("root"), values.text("group")));
    configuration = std::move(read);
  }
  const std::string& path = files.configuration().string();
  if (!values.has("token-file")) {
    OUTHAUL_CHECK(files.use_configuration(configuration->text, ServiceFiles::Token::none));
    return "wrote " + path + "\n";
  }
  OUTHAUL_TRY(token, read_token(values));
  OUTHAUL_TRY(edges, read_edges(values));
  if (configuration) {
    OUTHAUL_CHECK(files.use_configuration(configuration->text, ServiceFiles::Token::given));
  }
  OUTHAUL_CHECK(files.write(token, edges, values.text("group")));
  return "wrote " + files.token().string() + " and " + path + "\n";
}

Result<std::string> install(const options::Values& values) {
  OUTHAUL_CHECK(may_change(values, "install"));
  const ServiceFiles files(values.path("root"));
  OUTHAUL_TRY(done, write_files(values, files));
  ServiceControl service;
  if (values.path("root") != "/") {
    OUTHAUL_CHECK(service.enable_in(values.path("root")));
    return done + "outhaul.service is enabled there\n";
  }
  OUTHAUL_CHECK(service.enable_and_restart());
  const auto longest = std::chrono::duration_cast<std::chrono::seconds>(values.duration("wait"));
  OUTHAUL_TRY(state, service.wait_until_connected(longest));
  return done + "outhaul.service is enabled and running: " + state.status + "\n";
}

Result<std::string> uninstall(const options::Values& values) {
  OUTHAUL_CHECK(may_change(values, "uninstall"));
  const ServiceFiles files(values.path("root"));
  ServiceControl service;
  std::string done = "outhaul.service is stopped and disabled\n";
  if (values.path("root") == "/") {
    OUTHAUL_CHECK(service.disable_and_stop());
  } else {
    OUTHAUL_CHECK(service.disable_in(values.path("root")));
    done = "outhaul.service is disabled there\n";
  }
  OUTHAUL_CHECK(files.remove());
  return done + "removed " + files.token().string() + " and the tunnel from " +
         files.configuration().string() + "\n";
}

/// What says which tunnel, and by which right: token and id, a whole configuration, or both.
std::string missing_option(const options::Values& values) {
  const bool token = values.has("token-file");
  if (token != values.has("tunnel-id")) {
    return token ? "--tunnel-id: missing; give the id of the token's tunnel"
                 : "--token-file: missing; give the file with the tunnel's token";
  }
  if (token || values.has("config")) return {};
  return "--tunnel-id and --token-file: missing; give both, or a configuration with --config FILE";
}

int exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::timed_out:
    case ErrorKind::refused:
      return exit_unreachable;
    case ErrorKind::system:
      return exit_internal;
    default:
      return exit_configuration;
  }
}

options::Finish finish(const Result<std::string>& result) {
  if (result) return {exit_ok, *result, {}};
  return options::failure(exit_code_of(result.error().kind), result.error().message);
}

}  // namespace

options::Command install_command() {
  options::Command command{
      .path = "install",
      .summary = "make this machine's service serve a tunnel, and wait until it is connected",
      .description =
          "Writes /etc/outhaul/token and /etc/outhaul/outhaul.toml, enables and starts "
          "outhaul.service of the package. Repeated with another token or tunnel, it changes over "
          "to that. A configuration of the profile rhttp needs no token; a token beside --config "
          "is written into the copy.",
      .groups = {{tunnel_group, {}}, {system_group, {}}},
      .options = {{.name = "tunnel-id",
                   .help = "the tunnel to serve",
                   .group = tunnel_group,
                   .value_name = "UUID"},
                  {.name = "token-file",
                   .kind = OptionKind::path,
                   .help = "file with the tunnel's token, mode 0600; it is copied",
                   .group = tunnel_group,
                   .value_name = "FILE"},
                  {.name = "edge",
                   .kind = OptionKind::text_list,
                   .default_note = "from the token",
                   .help = "edge to dial",
                   .group = tunnel_group,
                   .value_name = "HOST[:PORT]"},
                  {.name = "config",
                   .kind = OptionKind::path,
                   .help = "whole configuration to copy, for the profile rhttp for example",
                   .group = tunnel_group,
                   .value_name = "FILE"},
                  {.name = "wait",
                   .kind = OptionKind::duration,
                   .default_text = "30s",
                   .help = "how long the first connection may take",
                   .group = system_group,
                   .value_name = "TIME",
                   .maximum = 600 * second,
                   .multiple_of = second}},
      .examples = {"sudo outhaul install --tunnel-id $ID --token-file ./token",
                   "sudo outhaul install --config ./rhttp.toml"},
  };
  for (options::Option& option : system_options())
    command.options.push_back(std::move(option));
  return command;
}

options::Command uninstall_command() {
  return {
      .path = "uninstall",
      .summary = "undo install: stop and disable the service, remove its token",
      .groups = {{system_group, {}}},
      .options = {system_options().front()},
      .examples = {"sudo outhaul uninstall"},
  };
}

options::Finish run_install(const options::Values& values) {
  if (const std::string missing = missing_option(values); !missing.empty()) {
    return options::failure(exit_usage, missing);
  }
  return finish(install(values));
}

options::Finish run_uninstall(const options::Values& values) {
  return finish(uninstall(values));
}

}  // namespace outhaul::agent
