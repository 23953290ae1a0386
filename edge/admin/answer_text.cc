#include "edge/admin/answer_text.h"

#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/base/text_table.h"
#include "edge/api/api_json.h"
#include "edge/exit_codes.h"

namespace outhaul::edge {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using Action = AdminAction;

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += digits[byte >> 4U];
      encoded += digits[byte & 15U];
    }
  }
  return encoded;
}

std::string dump(const ordered_json& value, int indent) {
  return value.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

std::string text_of(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return "-";
  return found->is_string() ? found->get<std::string>() : dump(*found, -1);
}

std::string ports_of(const ordered_json& service) {
  std::string ports;
  for (const char* key : {"http_port", "https_port", "tcp_port"}) {
    const auto found = service.find(key);
    if (found == service.end() || found->is_null()) continue;
    if (!ports.empty()) ports += ",";
    ports += std::string(key, std::string_view(key).find('_')) + ":" + dump(*found, -1);
  }
  return ports.empty() ? "http:80,https:443" : ports;
}

std::string host_of(const ordered_json& service) {
  const ordered_json& host = service.at("host");
  std::string text;
  for (const char* key : {"hostname", "ipv4", "ipv6"}) {
    if (!host.contains(key) || host.at(key).is_null()) continue;
    if (!text.empty()) text += ",";
    text += text_of(host, key);
  }
  return text;
}

std::string tunnel_of(const ordered_json& service) {
  const ordered_json& host = service.at("host");
  for (const char* key : {"resolver_network", "network"}) {
    if (host.contains(key) && host.at(key).is_object()) return text_of(host.at(key), "tunnel_id");
  }
  return "-";
}

TableRow heading(Action action) {
  switch (action) {
    case Action::tunnel_list:
      return {"NAME", "ID", "STATE", "CREATED"};
    case Action::binding_list:
      return {"ID", "SERVICE", "CREATED"};
    case Action::tunnel_keys:
      return {"KEY", "AGE", "CONNECTIONS"};
    default:
      return {"NAME", "ID", "TYPE", "HOST", "PORTS", "TUNNEL"};
  }
}

TableRow row_of(Action action, const ordered_json& entry) {
  switch (action) {
    case Action::tunnel_list: {
      const bool disabled = entry.at("disabled").get<bool>();
      return {text_of(entry, "name"), text_of(entry, "id"), disabled ? "disabled" : "enabled",
              text_of(entry, "created_at")};
    }
    case Action::binding_list:
      return {text_of(entry, "id"), text_of(entry, "service_id"), text_of(entry, "created_at")};
    case Action::tunnel_keys:
      return {text_of(entry, "key"), entry.at("newest").get<bool>() ? "newest" : "older",
              text_of(entry, "connections")};
    default:
      return {text_of(entry, "name"), text_of(entry, "service_id"),
              text_of(entry, "type"), host_of(entry),
              ports_of(entry),        tunnel_of(entry)};
  }
}

/// In one word, however many of its connections are in that state.
std::string replica_state(const ordered_json& replica) {
  if (replica.at("suspect").get<std::size_t>() > 0) return "suspect";
  if (replica.at("usable").get<std::size_t>() > 0) return "usable";
  return replica.at("draining").get<std::size_t>() > 0 ? "draining" : "starting";
}

/// A line for each certificate that ends within 30 days.
std::string expiring(const ordered_json& status) {
  constexpr double day = 86400;
  std::string text;
  const auto certificates = status.find("certificates");
  if (certificates == status.end()) return text;
  for (const ordered_json& each : *certificates) {
    const double left = each.at("left_s").get<double>();
    if (left >= 30 * day) continue;
    text += "warning   " + text_of(each, "name");
    text += left > 0 ? " ends in " + std::to_string(static_cast<int>(left / day)) + " days\n"
                     : " HAS EXPIRED\n";
  }
  return text;
}

std::string describe_status(const ordered_json& status) {
  std::string text = "version   " + text_of(status, "version") + "\n";
  for (const char* key : {"tunnels", "services", "bindings"}) {
    std::string label = key;
    label.resize(10, ' ');
    text += label + text_of(status, key) + "\n";
  }
  text += expiring(status);
  const auto connections = status.find("connections");
  if (connections == status.end()) return text;
  std::vector<TableRow> rows = {{"TUNNEL", "CONNECTIONS"}};
  for (const auto& [tunnel, count] : connections->items())
    rows.push_back({tunnel, dump(count, -1)});
  text += "\n" + format_table(rows);
  const auto replicas = status.find("replicas");
  if (replicas == status.end() || replicas->empty()) return text;
  rows = {{"TUNNEL", "AGENT", "VERSION", "ZONE", "WEIGHT", "CONNECTIONS", "REQUESTS", "STATE"}};
  for (const ordered_json& each : *replicas) {
    rows.push_back({text_of(each, "tunnel"), text_of(each, "instance"), text_of(each, "version"),
                    text_of(each, "zone"), text_of(each, "weight"), text_of(each, "connections"),
                    text_of(each, "requests"), replica_state(each)});
  }
  return text + "\n" + format_table(rows);
}

CommandOutput describe_result(const AdminCommand& command, const ordered_json& result) {
  CommandOutput output;
  switch (command.action) {
    case Action::tunnel_list:
    case Action::service_list:
    case Action::binding_list:
    case Action::tunnel_keys: {
      std::vector<TableRow> rows = {heading(command.action)};
      for (const ordered_json& entry : result)
        rows.push_back(row_of(command.action, entry));
      output.output_text = format_table(rows);
      break;
    }
    case Action::service_get:
      output.output_text = dump(result, 2) + "\n";
      break;
    case Action::tunnel_create:
      output.output_text = text_of(result, "token") + "\n";
      output.note_text = "tunnel " + text_of(result, "name") + " has the id " +
                         text_of(result, "id") +
                         "; the line on standard output is its token, shown only now: keep it in "
                         "a file of mode 0600 and run: outhaul run --tunnel-id " +
                         text_of(result, "id") + " --token-file FILE";
      break;
    case Action::binding_create:
      output.output_text = text_of(result, "token") + "\n";
      output.note_text = "binding " + text_of(result, "id") + " to service " +
                         text_of(result, "service_id") +
                         "; the line on standard output is its token, shown only now: send it as "
                         "X-VPC-Binding-Token, with X-VPC-Service-Id: " +
                         text_of(result, "service_id");
      break;
    case Action::tunnel_rotate:
      output.output_text = text_of(result, "token") + "\n";
      output.note_text = "tunnel " + text_of(result, "name") +
                         " has a second key; the line on standard output is its token, shown only "
                         "now. Both tokens are good until one is revoked: outhaul-edge tunnel "
                         "keys " +
                         text_of(result, "name");
      break;
    case Action::tunnel_revoke:
      output.note_text = "revoked a key of tunnel " + text_of(result, "name") +
                         ": the connections that used it are cut";
      break;
    case Action::tunnel_disable:
      output.note_text = "disabled " + text_of(result, "name") + ": its agents are cut off";
      break;
    case Action::tunnel_enable:
      output.note_text = "enabled " + text_of(result, "name");
      break;
    case Action::status:
      output.output_text = describe_status(result);
      break;
    case Action::drain:
      output.note_text = "the edge drains and ends when its requests are done";
      break;
    case Action::service_create:
      output.output_text = text_of(result, "service_id") + "\n";
      output.note_text = "service " + text_of(result, "name") + " was created";
      break;
    case Action::tunnel_delete:
    case Action::service_delete:
      output.note_text = "deleted " + text_of(result, "name");
      break;
    case Action::binding_delete:
      output.note_text = "deleted binding " + text_of(result, "id");
      break;
  }
  return output;
}

int exit_code_of(const AdminCommand& command, int status, int code) {
  if (status >= 500) return exit_internal;
  if (code == static_cast<int>(ApiCode::bad_request)) {
    return command.action == Action::service_create ? exit_configuration : exit_usage;
  }
  return exit_refused;
}

/// What a failure says, on one line.
std::string message_of(const json& body) {
  std::string message;
  for (const json& error : body.at("errors")) {
    if (!message.empty()) message += "; ";
    message += error.at("message").get<std::string>();
  }
  for (char& c : message) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return message;
}

CommandOutput describe_failure(const AdminCommand& command, int status, const json& body) {
  CommandOutput output;
  int code = 0;
  for (const json& error : body.at("errors"))
    code = error.at("code").get<int>();
  output.exit_code = exit_code_of(command, status, code);
  output.note_text = "error: " + message_of(body);
  return output;
}

}  // namespace

std::string failure_message(const ApiResponse& response) {
  return message_of(json::parse(response.body));
}

CommandOutput describe_answer(const AdminCommand& command, const ApiResponse& response) {
  // The edge's own answer, so anything else in it is a fault of this program.
  const auto body = ordered_json::parse(response.body);
  if (response.status >= 400) {
    return describe_failure(command, response.status, json::parse(response.body));
  }
  const ordered_json& result = body.at("result");
  if (!command.json) return describe_result(command, result);
  CommandOutput output;
  output.output_text = dump(result, 2) + "\n";
  return output;
}

ApiRequest request_for(const AdminCommand& command, const std::string& file_text, int page) {
  const std::string item = "/" + percent_encode(command.subject);
  ApiRequest request;
  request.method = "GET";
  switch (command.action) {
    case Action::tunnel_create:
      request.method = "POST";
      request.path = "/v1/tunnels";
      request.body =
          json{{"name", command.subject}}.dump(-1, ' ', false, json::error_handler_t::replace);
      break;
    case Action::tunnel_list:
      request.path = "/v1/tunnels";
      request.query = "page=" + std::to_string(page);
      break;
    case Action::tunnel_delete:
      request.method = "DELETE";
      request.path = "/v1/tunnels" + item;
      break;
    case Action::tunnel_rotate:
      request.method = "POST";
      request.path = "/v1/tunnels" + item + "/token";
      break;
    case Action::tunnel_keys:
      request.path = "/v1/tunnels" + item + "/keys";
      break;
    case Action::tunnel_revoke:
      request.method = "DELETE";
      request.path = "/v1/tunnels" + item + "/keys";
      request.query = "key=" + percent_encode(command.key);
      break;
    case Action::tunnel_disable:
    case Action::tunnel_enable:
      request.method = "PATCH";
      request.path = "/v1/tunnels" + item;
      request.body = json{{"disabled", command.action == Action::tunnel_disable}}.dump();
      break;
    case Action::status:
      request.path = "/v1/status";
      break;
    case Action::drain:
      request.method = "POST";
      request.path = "/v1/drain";
      break;
    case Action::service_create:
      request.method = "POST";
      request.path = "/v1/services";
      request.body = file_text;
      break;
    case Action::service_list:
      request.path = "/v1/services";
      request.query = "page=" + std::to_string(page);
      break;
    case Action::service_get:
      request.path = "/v1/services" + item;
      break;
    case Action::service_delete:
      request.method = "DELETE";
      request.path = "/v1/services" + item;
      break;
    case Action::binding_create:
      request.method = "POST";
      request.path = "/v1/bindings";
      request.body =
          json{{"service", command.subject}}.dump(-1, ' ', false, json::error_handler_t::replace);
      break;
    case Action::binding_list:
      request.path = "/v1/bindings";
      request.query = "page=" + std::to_string(page);
      break;
    case Action::binding_delete:
      request.method = "DELETE";
      request.path = "/v1/bindings" + item;
      break;
  }
  return request;
}

bool has_more(const ApiResponse& response) {
  if (response.status >= 400) return false;
  const auto body = ordered_json::parse(response.body);
  const auto info = body.find("result_info");
  if (info == body.end() || !info->is_object()) return false;
  return info->at("page").get<int>() < info->at("total_pages").get<int>();
}

ApiResponse join_pages(const ApiResponse& first, const ApiResponse& second) {
  if (second.status >= 400) return second;
  auto joined = ordered_json::parse(first.body);
  const auto more = ordered_json::parse(second.body);
  for (const ordered_json& entry : more.at("result"))
    joined.at("result").push_back(entry);
  ApiResponse response = first;
  response.body = joined.dump();
  return response;
}

}  // namespace outhaul::edge
