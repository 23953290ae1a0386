#include "common/tunnel/token.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "common/base/base64.h"
#include "common/base/bytes.h"

namespace outhaul::tunnel {
namespace {

using Json = nlohmann::json;

constexpr std::string_view pin_prefix = "sha256/";
constexpr std::size_t edge_count_maximum = 32;
constexpr std::string_view damaged =
    "it is truncated or damaged; copy the whole token, which is one line, again";

Error invalid(std::string_view rule) {
  return Error{ErrorKind::invalid, std::string("token: ").append(rule)};
}

/// Wipes text that held the secret, on every way out.
class Wiped {
 public:
  explicit Wiped(MutableBytes bytes) : bytes_(bytes) {}
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { wipe_memory(bytes_); }

 private:
  MutableBytes bytes_;
};

MutableBytes writable(std::string& text) {
  return std::as_writable_bytes(std::span(text.data(), text.size()));
}

std::string_view trim(std::string_view text) {
  static constexpr std::string_view white_space = " \t\r\n";
  const std::size_t first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

/// The string member `name`, or null when it is missing or no string.
std::string* string_member(Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : found->get_ptr<std::string*>();
}

Result<TunnelSecret> read_secret(Json& object) {
  std::string* text = string_member(object, "s");
  if (text == nullptr) return invalid("\"s\" (the secret) must be a string");
  const Wiped wiped_text(writable(*text));
  auto bytes = base64_decode(*text);
  if (!bytes) return invalid("\"s\" (the secret) must be standard base64 of 32 bytes");
  const Wiped wiped_bytes{MutableBytes(*bytes)};
  auto secret = TunnelSecret::from_bytes(*bytes);
  if (!secret) return invalid("\"s\" (the secret) must be standard base64 of exactly 32 bytes");
  return secret;
}

Result<std::vector<EdgeAddress>> read_edges(const Json& object) {
  const auto found = object.find("e");
  if (found == object.end() || !found->is_array() || found->empty() ||
      found->size() > edge_count_maximum) {
    return invalid("\"e\" (the edges) must be a list of 1 to 32 addresses");
  }
  std::vector<EdgeAddress> edges;
  for (const Json& element : *found) {
    const auto* text = element.get_ptr<const std::string*>();
    if (text == nullptr) return invalid("\"e\" (the edges) must hold strings");
    auto address = EdgeAddress::parse_or_srv(*text);
    if (!address) return invalid("\"e\" (the edges): " + address.error().message);
    edges.push_back(std::move(*address));
  }
  return edges;
}

Result<std::vector<Pin>> read_pins(const Json& object) {
  std::vector<Pin> pins;
  const auto found = object.find("pin");
  if (found == object.end()) return pins;
  if (!found->is_array() || found->size() > pin_count_maximum) {
    return invalid("\"pin\" must be a list of at most 4 pins");
  }
  for (const Json& element : *found) {
    const auto* text = element.get_ptr<const std::string*>();
    if (text == nullptr) return invalid("\"pin\" must hold strings");
    OUTHAUL_TRY(pin, Pin::parse(*text));
    pins.push_back(pin);
  }
  return pins;
}

Result<Token> parse_json(std::string_view text) {
  Json object = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (object.is_discarded() || !object.is_object()) return invalid(damaged);
  // First, so that the secret is wiped from the JSON whatever else is wrong.
  auto secret = read_secret(object);
  const std::string* id_text = string_member(object, "t");
  if (id_text == nullptr) return invalid("\"t\" (the tunnel id) must be a string");
  auto id = Uuid::parse(*id_text);
  if (!id) return invalid("\"t\" (the tunnel id): " + id.error().message);
  if (!secret) return std::move(secret.error());
  OUTHAUL_TRY(edges, read_edges(object));
  OUTHAUL_TRY(pins, read_pins(object));
  return Token{*id, std::move(*secret), std::move(edges), std::move(pins)};
}

}  // namespace

Result<Pin> Pin::parse(std::string_view text) {
  if (!text.starts_with(pin_prefix)) {
    return invalid("a pin is written sha256/<base64 of 32 bytes>");
  }
  auto bytes = base64_decode(text.substr(pin_prefix.size()));
  Pin pin;
  if (!bytes || bytes->size() != pin.digest.size()) {
    return invalid("a pin is written sha256/<base64 of 32 bytes>");
  }
  std::copy(bytes->begin(), bytes->end(), pin.digest.begin());
  return pin;
}

std::string Pin::to_string() const {
  return std::string(pin_prefix) + base64_encode(digest);
}

Result<Token> parse_token(std::string_view text) {
  text = trim(text);
  if (text.empty()) return invalid("it is empty");
  if (text.size() > token_size_maximum) {
    return Error{ErrorKind::limit, "token: it is longer than 16 KiB; this is not a token"};
  }
  if (text.starts_with('{')) return parse_json(text);
  auto json = base64url_decode(text, Base64Padding::optional);
  if (!json) return invalid(damaged);
  const Wiped wiped{MutableBytes(*json)};
  return parse_json(as_text(*json));
}

std::string serialize_token(const Token& token) {
  std::string secret = base64_encode(token.secret.bytes());
  const Wiped wiped_secret(writable(secret));
  // By hand, so that the keys keep their order and no copy of the secret stays in a JSON tree. No
  // value needs an escape: ids, base64 and checked addresses.
  std::string json = "{\"t\":\"" + token.tunnel_id.to_string() + "\",\"s\":\"";
  json.reserve(4096);
  json.append(secret).append("\",\"e\":[");
  for (const EdgeAddress& edge : token.edges) {
    if (!json.ends_with('[')) json.push_back(',');
    json.append("\"").append(edge.to_string()).append("\"");
  }
  json.push_back(']');
  if (!token.pins.empty()) {
    json += ",\"pin\":[";
    for (const Pin& pin : token.pins) {
      if (!json.ends_with('[')) json.push_back(',');
      json.append("\"").append(pin.to_string()).append("\"");
    }
    json.push_back(']');
  }
  json.push_back('}');
  const Wiped wiped_json(writable(json));
  return base64url_encode(as_bytes(json));
}

}  // namespace outhaul::tunnel
