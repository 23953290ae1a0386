#include "agent/token/inspect.h"

#include <cerrno>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "agent/diagnose/setup/local_steps.h"
#include "agent/exit_codes.h"
#include "agent/option_table.h"
#include "common/base/hex.h"
#include "common/tunnel/concealed_key.h"
#include "common/tunnel/secret.h"
#include "common/tunnel/token.h"

namespace outhaul::agent {

namespace {

const std::string token_group = "Token";

/// A token and where it comes from.
struct Found {
  tunnel::Token token;
  std::string source;
  /// What is not as it should be, though it works.
  std::vector<std::string> notes;
};

Result<std::string> read_standard_input() {
  std::string text(tunnel::token_size_maximum + 1, '\0');
  std::size_t length = 0;
  while (length < text.size()) {
    const ssize_t count = ::read(STDIN_FILENO, text.data() + length, text.size() - length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, "read the token from standard input");
    if (count == 0) break;
    length += static_cast<std::size_t>(count);
  }
  text.resize(length);
  return text;
}

/// Parses and wipes the text.
Result<tunnel::Token> parse(std::string text, const std::string& source) {
  auto token = text.size() > tunnel::token_size_maximum
                   ? Result<tunnel::Token>(Error{
                         ErrorKind::limit, "token: it is longer than 16 KiB; this is not a token"})
                   : tunnel::parse_token(text);
  tunnel::wipe_memory(std::as_writable_bytes(std::span(text.data(), text.size())));
  if (!token) return Error{token.error().kind, source + ": " + token.error().message};
  return token;
}

Result<Found> find_token(const options::Values& values) {
  if (values.has("token-file") && values.path("token-file") == "-") {
    OUTHAUL_TRY(text, read_standard_input());
    OUTHAUL_TRY(token, parse(std::move(text), "standard input"));
    return Found{std::move(token), "standard input", {}};
  }
  if (!values.has("token-file") && values.has("token")) {
    OUTHAUL_TRY(token, parse(values.text("token"), "TUNNEL_TOKEN"));
    return Found{std::move(token),
                 "TUNNEL_TOKEN",
                 {"other processes of this user can read TUNNEL_TOKEN; a file is safer"}};
  }
  setup::join_service_group();
  const std::string path =
      values.has("token-file") ? values.path("token-file").string() : default_token_path;
  OUTHAUL_TRY(token, tunnel::read_token_file(path));
  return Found{std::move(token), path, {}};
}

void look_at(Found& found) {
  if (found.token.pins.empty()) {
    found.notes.emplace_back(
        "no pin: the system's trust store or --edge-ca decides about the edge's certificate");
  }
}

std::string public_key_of(const tunnel::Token& token) {
  const auto key = tunnel::ConcealedKey::derive(token.tunnel_id, token.secret);
  return hex_encode(key.public_key());
}

std::string text_of(const Found& found, const std::string& public_key) {
  std::string text;
  const auto row = [&text](std::string name, std::string_view value) {
    name.resize(12, ' ');
    text.append(name).append(value).append("\n");
  };
  row("tunnel", found.token.tunnel_id.to_string());
  row("public key", public_key);
  for (const tunnel::EdgeAddress& edge : found.token.edges)
    row("edge", edge.to_string());
  for (const tunnel::Pin& pin : found.token.pins)
    row("pin", pin.to_string());
  row("from", found.source);
  for (const std::string& note : found.notes)
    row("note", note);
  return text;
}

std::string json_of(const Found& found, const std::string& public_key) {
  std::vector<std::string> edges;
  for (const tunnel::EdgeAddress& edge : found.token.edges)
    edges.push_back(edge.to_string());
  std::vector<std::string> pins;
  for (const tunnel::Pin& pin : found.token.pins)
    pins.push_back(pin.to_string());
  const nlohmann::ordered_json page{{"tunnel", found.token.tunnel_id.to_string()},
                                    {"public_key", public_key},
                                    {"edges", edges},
                                    {"pins", pins},
                                    {"source", found.source},
                                    {"notes", found.notes}};
  return page.dump() + "\n";
}

}  // namespace

options::Command token_inspect_command() {
  using options::OptionForms;
  using options::OptionKind;
  return {
      .path = "token inspect",
      .summary = "show what a token says, without its secret",
      .description =
          "The public key is what the edge knows of the tunnel (outhaul-edge tunnel list): the two "
          "have to be the same. A token never stands on a command line.",
      .groups = {{token_group, {}}},
      .options = {{.name = "token-file",
                   .kind = OptionKind::path,
                   .default_note = "TUNNEL_TOKEN, else " + std::string(default_token_path),
                   .help = "file with the token; - for standard input",
                   .group = token_group,
                   .value_name = "FILE",
                   .forms = OptionForms::flag_and_environment},
                  {.name = "token",
                   .help = "the token itself; a file is safer",
                   .group = token_group,
                   .value_name = "TOKEN",
                   .forms = OptionForms::environment,
                   .environment = "TUNNEL_TOKEN"},
                  {.name = "json",
                   .kind = OptionKind::boolean,
                   .help = "print one JSON object",
                   .group = token_group,
                   .forms = OptionForms::flag_and_environment}},
      .examples = {"outhaul token inspect", "outhaul token inspect --token-file ./token --json",
                   "outhaul-edge tunnel create office | outhaul token inspect --token-file -"},
  };
}

options::Finish run_token_inspect(const options::Invocation& invocation) {
  auto found = find_token(invocation.values);
  if (!found) return options::failure(exit_configuration, found.error().message);
  look_at(*found);
  const std::string key = public_key_of(found->token);
  return {
      exit_ok, invocation.values.boolean("json") ? json_of(*found, key) : text_of(*found, key), {}};
}

}  // namespace outhaul::agent
