#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/base/hex.h"
#include "edge/api/api_json.h"
#include "edge/api/lists.h"
#include "edge/api/routes.h"

namespace outhaul::edge {
namespace {

/// Enough to tell two keys apart, and too much to be typed by mistake.
constexpr std::size_t key_digits_minimum = 8;

ApiResponse revoked(const Result<Tunnel>& changed) {
  if (changed) return success(200, tunnel_to_json(*changed));
  switch (changed.error().kind) {
    case ErrorKind::not_found:
      return failure(404, ApiCode::tunnel_not_found, changed.error().message);
    case ErrorKind::invalid:
      return failure(409, ApiCode::key_refused, changed.error().message);
    default:
      return failure(500, ApiCode::internal, changed.error().message);
  }
}

}  // namespace

void Api::tunnel_keys(const Call& call, const Tunnel& tunnel) {
  if (call.method == "GET") return list_keys(call, tunnel);
  if (call.method == "DELETE") return revoke_key(call, tunnel);
  call.done(method_not_allowed("GET or DELETE"));
}

void Api::list_keys(const Call& call, const Tunnel& tunnel) const {
  auto keys = nlohmann::ordered_json::array();
  for (const PublicKey& key : tunnel.public_keys) {
    nlohmann::ordered_json entry{{"key", hex_encode(key)},
                                 {"newest", &key == &tunnel.public_keys.back()}};
    // Not a number when nobody knows it.
    entry["connections"] = nullptr;
    if (context_.key_connections) {
      entry["connections"] = context_.key_connections(tunnel.id, key);
    }
    keys.push_back(std::move(entry));
  }
  call.done(success(200, keys.dump()));
}

void Api::revoke_key(const Call& call, const Tunnel& tunnel) {
  if (const auto known = check_parameters(call.query, {"key"}); !known) {
    return call.done(failure(400, ApiCode::bad_request, known.error().message));
  }
  const std::string_view digits = parameter(call.query, "key");
  if (digits.size() < key_digits_minimum) {
    return call.done(failure(400, ApiCode::bad_request,
                             "key: give at least the first 8 digits of the key to revoke"));
  }
  std::vector<PublicKey> chosen;
  std::ranges::copy_if(
      tunnel.public_keys, std::back_inserter(chosen),
      [digits](const PublicKey& key) { return hex_encode(key).starts_with(digits); });
  if (chosen.size() != 1) {
    return call.done(failure(
        404, ApiCode::key_refused,
        "key: not a key of this tunnel; outhaul-edge tunnel keys " + tunnel.name + " lists them"));
  }
  directory_.submit(RevokeTunnelKey{tunnel.id, chosen.front()},
                    [done = call.done](const Result<Tunnel>& changed) { done(revoked(changed)); });
}

std::optional<PublicKey> Api::unused_key(const Tunnel& tunnel) const {
  if (!context_.key_connections || tunnel.public_keys.size() < 2) return std::nullopt;
  std::vector<PublicKey> unused;
  std::ranges::copy_if(tunnel.public_keys, std::back_inserter(unused), [&](const PublicKey& key) {
    return context_.key_connections(tunnel.id, key) == 0;
  });
  if (unused.size() != 1) return std::nullopt;
  return unused.front();
}

}  // namespace outhaul::edge
