#include "edge/connect/service_access.h"

#include <string>

#include <nlohmann/json.hpp>

#include "common/net/pem.h"
#include "edge/admin/answer_text.h"
#include "edge/admin/api_caller.h"
#include "edge/directory/model.h"

namespace outhaul::edge {

namespace {

constexpr std::size_t longest_token_file = 4096;

Result<std::string> read_token(const std::filesystem::path& file) {
  if (file.empty()) return std::string();
  auto text = net::read_file(file.string(), longest_token_file);
  if (!text) return Error{text.error().kind, "--token-file: " + text.error().message};
  const std::size_t begin = text->find_first_not_of(" \t\r\n");
  const std::size_t end = text->find_last_not_of(" \t\r\n");
  if (begin == std::string::npos) {
    return Error{ErrorKind::invalid,
                 "--token-file: the file is empty; put the output of outhaul-edge binding create "
                 "there"};
  }
  return text->substr(begin, end - begin + 1);
}

Result<Uuid> look_up(const ConnectOptions& options) {
  AdminCommand command;
  command.action = AdminAction::service_get;
  command.subject = options.service;
  command.data_dir = options.data_dir;
  command.admin_socket = options.admin_socket;
  auto api = find_api(command);
  if (!api) {
    return Error{api.error().kind, "cannot look up the service's name: " + api.error().message +
                                       "; give its id instead"};
  }
  OUTHAUL_TRY(response, (*api)->call(request_for(command, {}, 1)));
  const auto body = nlohmann::json::parse(response.body, nullptr, false);
  const auto result = body.is_object() ? body.find("result") : body.end();
  if (response.status < 400 && result != body.end() && result->is_object()) {
    if (const auto id = parse_id(result->value("service_id", ""))) return *id;
  }
  return Error{ErrorKind::denied,
               "no service has the name " + options.service + "; see outhaul-edge service list"};
}

}  // namespace

Result<ServiceAccess> find_service_access(const ConnectOptions& options) {
  ServiceAccess access;
  access.edge = options.edge;
  OUTHAUL_TRY(token, read_token(options.token_file));
  access.token = std::move(token);
  if (const auto id = parse_id(options.service)) {
    access.service = *id;
    return access;
  }
  OUTHAUL_TRY(found, look_up(options));
  access.service = found;
  return access;
}

}  // namespace outhaul::edge
