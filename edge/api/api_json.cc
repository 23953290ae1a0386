#include "edge/api/api_json.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/hex.h"
#include "edge/directory/json_reader.h"

namespace outhaul::edge {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// Error messages may repeat a client's bytes: what is not UTF-8 is replaced, not thrown about.
std::string to_text(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string envelope(std::string_view result, const ordered_json* info) {
  std::string body = R"({"success":true,"errors":[],"messages":[],"result":)";
  body += result;
  if (info != nullptr) body += ",\"result_info\":" + to_text(*info);
  return body + "}";
}

/// Removes "name: " from check_name's message; the reader adds the path.
void check_name_member(ObjectReader& reader, std::string_view name) {
  constexpr std::string_view prefix = "name: ";
  if (auto checked = check_name(name); !checked) {
    reader.report("name", checked.error().message.substr(prefix.size()));
  }
}

}  // namespace

ApiResponse success(int status, std::string_view result) {
  return {status, envelope(result, nullptr)};
}

ApiResponse success_list(const std::vector<std::string>& entries, const PageInfo& info) {
  std::string result = "[";
  for (const std::string& entry : entries) {
    if (result.size() > 1) result += ',';
    result += entry;
  }
  result += ']';
  ordered_json described;
  described["page"] = info.page;
  described["per_page"] = info.per_page;
  described["count"] = info.count;
  described["total_count"] = info.total_count;
  described["total_pages"] = (info.total_count + info.per_page - 1) / info.per_page;
  return {200, envelope(result, &described)};
}

ApiResponse failure(int status, ApiCode code, const std::vector<std::string>& messages) {
  ordered_json body;
  body["success"] = false;
  body["errors"] = ordered_json::array();
  for (const std::string& message : messages) {
    body["errors"].push_back({{"code", static_cast<int>(code)}, {"message", message}});
  }
  body["messages"] = ordered_json::array();
  body["result"] = nullptr;
  return {status, to_text(body)};
}

ApiResponse failure(int status, ApiCode code, std::string_view message) {
  return failure(status, code, std::vector{std::string(message)});
}

std::string tunnel_to_json(const Tunnel& tunnel, std::string_view token) {
  ordered_json object;
  object["id"] = tunnel.id.to_string();
  object["name"] = tunnel.name;
  object["created_at"] = to_rfc3339(tunnel.created_at);
  object["deleted_at"] = nullptr;
  if (tunnel.deleted_at) object["deleted_at"] = to_rfc3339(*tunnel.deleted_at);
  object["disabled"] = tunnel.disabled;
  object["public_keys"] = ordered_json::array();
  for (const PublicKey& key : tunnel.public_keys)
    object["public_keys"].push_back(hex_encode(key));
  if (!token.empty()) object["token"] = token;
  return to_text(object);
}

std::string binding_to_json(const Binding& binding, std::string_view token) {
  ordered_json object;
  object["id"] = binding.id.to_string();
  object["service_id"] = binding.service_id.to_string();
  object["name"] = nullptr;
  if (!binding.name.empty()) object["name"] = binding.name;
  object["created_at"] = to_rfc3339(binding.created_at);
  if (!token.empty()) object["token"] = token;
  return to_text(object);
}

std::string status_to_json(const DirectoryCounts& counts, const StatusMembers& members) {
  ordered_json object;
  object["version"] = OUTHAUL_VERSION;
  object["tunnels"] = counts.tunnels;
  object["services"] = counts.services;
  object["bindings"] = counts.bindings;
  std::string text = to_text(object);
  for (const auto& [name, value] : members) {
    if (value.empty()) continue;
    text.pop_back();
    text.append(",\"").append(name).append("\":").append(value).append("}");
  }
  return text;
}

ParsedBody<std::string> parse_new_tunnel(std::string_view body) {
  ParsedBody<std::string> parsed;
  const Result<json> object = parse_json_object(body);
  if (!object) return {std::nullopt, {object.error().message}};
  ObjectReader reader(*object, "", {"name"}, parsed.problems);
  if (reader.find("name") == nullptr) reader.report("name", "missing; name the tunnel");
  const std::optional<std::string> name = reader.text("name");
  if (name) check_name_member(reader, *name);
  if (parsed.problems.empty()) parsed.value = name;
  return parsed;
}

ParsedBody<bool> parse_tunnel_change(std::string_view body) {
  ParsedBody<bool> parsed;
  const Result<json> object = parse_json_object(body);
  if (!object) return {std::nullopt, {object.error().message}};
  ObjectReader reader(*object, "", {"disabled"}, parsed.problems);
  if (reader.find("disabled") == nullptr) reader.report("disabled", "missing; set true or false");
  const std::optional<bool> disabled = reader.boolean("disabled");
  if (parsed.problems.empty()) parsed.value = disabled;
  return parsed;
}

ParsedBody<NewBinding> parse_new_binding(std::string_view body) {
  ParsedBody<NewBinding> parsed;
  const Result<json> object = parse_json_object(body);
  if (!object) return {std::nullopt, {object.error().message}};
  ObjectReader reader(*object, "", {"service", "name"}, parsed.problems);
  if (reader.find("service") == nullptr) {
    reader.report("service", "missing; give the service's id or name");
  }
  const std::optional<std::string> service = reader.text("service");
  const std::optional<std::string> name = reader.text("name");
  if (name) check_name_member(reader, *name);
  if (parsed.problems.empty()) parsed.value = NewBinding{service.value_or(""), name.value_or("")};
  return parsed;
}

}  // namespace outhaul::edge
