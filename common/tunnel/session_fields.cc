#include "common/tunnel/session_fields.h"

#include <algorithm>
#include <cassert>

#include "common/base/limits.h"
#include "common/base/structured_fields.h"

namespace outhaul::tunnel {
namespace {

using structured::Dictionary;
using structured::InnerList;
using structured::Item;
using structured::Member;

Error broken(std::string_view key, std::string_view rule) {
  return Error{ErrorKind::invalid,
               std::string("Tunnel-Session: ").append(key).append(": ").append(rule)};
}

Result<Dictionary> parse_fields(std::string_view field_value) {
  auto fields = structured::parse_dictionary(field_value);
  if (!fields) return broken("field", fields.error().message);
  return fields;
}

Result<std::int64_t> integer(const Dictionary& fields, std::string_view key, std::int64_t minimum) {
  const Member* member = fields.find(key);
  if (member == nullptr) return broken(key, "is required");
  const auto* value = structured::as<std::int64_t>(*member);
  if (value == nullptr || *value < minimum) {
    return broken(key, "must be an integer of at least " + std::to_string(minimum));
  }
  return *value;
}

Result<std::int64_t> optional_integer(const Dictionary& fields, std::string_view key,
                                      std::int64_t otherwise) {
  if (fields.find(key) == nullptr) return otherwise;
  return integer(fields, key, 0);
}

Result<std::string> optional_string(const Dictionary& fields, std::string_view key) {
  const Member* member = fields.find(key);
  if (member == nullptr) return std::string();
  const auto* text = structured::as<std::string>(*member);
  if (text == nullptr) return broken(key, "must be a string in double quotes");
  return *text;
}

Result<bool> optional_boolean(const Dictionary& fields, std::string_view key) {
  const Member* member = fields.find(key);
  if (member == nullptr) return false;
  const auto* value = structured::as<bool>(*member);
  if (value == nullptr) return broken(key, "must be a boolean");
  return *value;
}

Result<std::vector<std::string>> read_features(const Dictionary& fields) {
  std::vector<std::string> features;
  const Member* member = fields.find("feat");
  if (member == nullptr) return features;
  const auto* list = std::get_if<InnerList>(member);
  if (list == nullptr) return broken("feat", "must be an inner list of tokens");
  for (const Item& item : list->items) {
    const auto* token = structured::as<structured::Token>(item);
    if (token == nullptr) return broken("feat", "must be an inner list of tokens");
    features.push_back(token->text);
  }
  return features;
}

/// Hints: one that makes no sense must not keep an agent away, so it counts as not given.
void read_hints(const Dictionary& fields, SessionRequest& request) {
  const Member* zone = fields.find("zone");
  const auto* name = zone ? structured::as<std::string>(*zone) : nullptr;
  if (name != nullptr && check_zone(*name)) request.zone = *name;
  const Member* weight = fields.find("weight");
  const auto* share = weight ? structured::as<std::int64_t>(*weight) : nullptr;
  if (share != nullptr && *share >= 1 && *share <= session_weight_maximum) {
    request.weight = static_cast<std::uint32_t>(*share);
  }
}

std::chrono::seconds clamp_ping(std::chrono::seconds ping) {
  return std::clamp(ping, default_limits.ping_interval_minimum,
                    default_limits.ping_interval_maximum);
}

std::chrono::seconds raise_life(std::chrono::seconds life) {
  return std::max(life, default_limits.connection_life_minimum);
}

Item item_of(structured::BareItem value) {
  return Item{std::move(value), {}};
}

std::string written(const Dictionary& fields) {
  auto text = structured::serialize(fields);
  assert(text.has_value());
  return std::move(*text);
}

}  // namespace

Result<void> check_zone(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  if (!text.empty() && text.size() <= zone_size_maximum && std::ranges::all_of(text, fits)) {
    return {};
  }
  return Error{ErrorKind::invalid,
               "a zone has 1 to 64 letters, digits, '-', '_' or '.', as in eu-west.1"};
}

Result<SessionRequest> parse_session_request(std::string_view field_value) {
  OUTHAUL_TRY(fields, parse_fields(field_value));
  SessionRequest request;
  OUTHAUL_TRY(version, integer(fields, "v", 1));
  request.version = version;
  OUTHAUL_TRY(instance_text, optional_string(fields, "inst"));
  auto instance = Uuid::parse(instance_text);
  if (!instance) return broken("inst", instance.error().message);
  request.instance = *instance;
  OUTHAUL_TRY(connections, integer(fields, "of", 1));
  OUTHAUL_TRY(connection, integer(fields, "conn", 0));
  if (connections > session_connections_maximum) return broken("of", "must be at most 256");
  if (connection >= connections) return broken("conn", "must be less than of");
  request.connection = static_cast<std::uint32_t>(connection);
  request.connections = static_cast<std::uint32_t>(connections);
  OUTHAUL_TRY(software_version, optional_string(fields, "ver"));
  request.software_version = std::move(software_version);
  OUTHAUL_TRY(features, read_features(fields));
  request.features = std::move(features);
  OUTHAUL_TRY(probe, optional_boolean(fields, "probe"));
  request.probe = probe;
  read_hints(fields, request);
  return request;
}

Result<SessionResponse> parse_session_response(std::string_view field_value,
                                               std::int64_t version_maximum) {
  OUTHAUL_TRY(fields, parse_fields(field_value));
  SessionResponse response;
  OUTHAUL_TRY(version, integer(fields, "v", 1));
  if (version > version_maximum) {
    return Error{ErrorKind::protocol,
                 "Tunnel-Session: v: the edge chose version " + std::to_string(version) +
                     ", this program speaks at most " + std::to_string(version_maximum)};
  }
  response.version = version;
  OUTHAUL_TRY(connection_name, optional_string(fields, "cid"));
  response.connection_name = std::move(connection_name);
  OUTHAUL_TRY(edge_name, optional_string(fields, "edge"));
  response.edge_name = std::move(edge_name);
  OUTHAUL_TRY(ping, optional_integer(fields, "ping", response.ping.count()));
  response.ping = clamp_ping(std::chrono::seconds(ping));
  OUTHAUL_TRY(life, optional_integer(fields, "life", response.life.count()));
  response.life = raise_life(std::chrono::seconds(life));
  return response;
}

std::string serialize(const SessionRequest& request) {
  Dictionary fields;
  fields.set("v", item_of(request.version));
  fields.set("inst", item_of(request.instance.to_string()));
  fields.set("conn", item_of(std::int64_t{request.connection}));
  fields.set("of", item_of(std::int64_t{request.connections}));
  if (!request.software_version.empty()) fields.set("ver", item_of(request.software_version));
  if (!request.features.empty()) {
    InnerList features;
    for (const std::string& feature : request.features) {
      features.items.push_back(item_of(structured::Token{feature}));
    }
    fields.set("feat", std::move(features));
  }
  if (request.probe) fields.set("probe", item_of(true));
  if (!request.zone.empty()) fields.set("zone", item_of(request.zone));
  if (request.weight != session_weight_maximum) {
    fields.set("weight", item_of(std::int64_t{request.weight}));
  }
  return written(fields);
}

std::string serialize(const SessionResponse& response) {
  Dictionary fields;
  fields.set("v", item_of(response.version));
  if (!response.connection_name.empty()) fields.set("cid", item_of(response.connection_name));
  if (!response.edge_name.empty()) fields.set("edge", item_of(response.edge_name));
  fields.set("ping", item_of(std::int64_t{clamp_ping(response.ping).count()}));
  fields.set("life", item_of(std::int64_t{raise_life(response.life).count()}));
  return written(fields);
}

}  // namespace outhaul::tunnel
