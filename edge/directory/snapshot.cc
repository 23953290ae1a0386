#include "edge/directory/snapshot.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <tuple>
#include <utility>

#include <openssl/crypto.h>

#include "edge/directory/tokens.h"

namespace outhaul::edge {
namespace {

template <typename Map>
auto find_in(const Map& map, const Uuid& id) -> decltype(map.begin()->second.get()) {
  const auto found = map.find(id);
  return found == map.end() ? nullptr : found->second.get();
}

template <typename Map>
auto listing(const Map& map) {
  std::vector<decltype(map.begin()->second.get())> all;
  all.reserve(map.size());
  for (const auto& [id, entry] : map)
    all.push_back(entry.get());
  std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) {
    return std::tie(a->created_at, a->id) < std::tie(b->created_at, b->id);
  });
  return all;
}

constexpr std::size_t kIdSize = 36;

/// `text` in lower case at a fixed size, so that comparing takes the same time for every input.
/// What is too long is marked by a byte that no id has.
std::array<char, kIdSize> fixed_size_id(std::string_view text) {
  std::array<char, kIdSize> id{};
  const std::size_t size = std::min(text.size(), kIdSize);
  for (std::size_t i = 0; i < size; ++i) {
    const char c = text[i];
    id[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (text.size() > kIdSize) id[0] = '!';
  return id;
}

}  // namespace

std::size_t Snapshot::TokenHasher::operator()(const TokenHash& hash) const noexcept {
  std::size_t value = 0;
  std::memcpy(&value, hash.data(), sizeof(value));
  return value;
}

const Tunnel* Snapshot::tunnel(const Uuid& id) const {
  return find_in(tunnels_, id);
}
const Service* Snapshot::service(const Uuid& id) const {
  return find_in(services_, id);
}
const Binding* Snapshot::binding(const Uuid& id) const {
  return find_in(bindings_, id);
}

const Tunnel* Snapshot::tunnel_by_name(std::string_view name) const {
  const auto found = tunnel_names_.find(name);
  return found == tunnel_names_.end() ? nullptr : tunnel(found->second);
}

const Service* Snapshot::service_by_name(std::string_view name) const {
  const auto found = service_names_.find(name);
  return found == service_names_.end() ? nullptr : service(found->second);
}

const Tunnel* Snapshot::find_tunnel(std::string_view id_or_name) const {
  const auto id = parse_id(id_or_name);
  return id ? tunnel(*id) : tunnel_by_name(id_or_name);
}

const Service* Snapshot::find_service(std::string_view id_or_name) const {
  const auto id = parse_id(id_or_name);
  return id ? service(*id) : service_by_name(id_or_name);
}

std::vector<const Tunnel*> Snapshot::tunnels() const {
  return listing(tunnels_);
}
std::vector<const Service*> Snapshot::services() const {
  return listing(services_);
}
std::vector<const Binding*> Snapshot::bindings() const {
  return listing(bindings_);
}

const Binding* Snapshot::authorize(std::string_view service_id, std::string_view token) const {
  static const Binding nobody;
  const auto found = tokens_.find(hash_token(token));
  const Binding& binding = found == tokens_.end() ? nobody : *found->second;
  const std::array<char, kIdSize> claimed = fixed_size_id(service_id);
  const std::array<char, kIdSize> granted = fixed_size_id(binding.service_id.to_string());
  const bool same = CRYPTO_memcmp(claimed.data(), granted.data(), kIdSize) == 0;
  if (!same || found == tokens_.end()) return nullptr;
  return &binding;
}

void Snapshot::put(Tunnel tunnel) {
  // A tombstone's name may be another tunnel's by now.
  const Tunnel* old = find_in(tunnels_, tunnel.id);
  if (old != nullptr && !old->deleted_at) tunnel_names_.erase(old->name);
  if (!tunnel.deleted_at) tunnel_names_[tunnel.name] = tunnel.id;
  const Uuid id = tunnel.id;
  tunnels_[id] = std::make_shared<const Tunnel>(std::move(tunnel));
}

void Snapshot::put(Service service) {
  if (const Service* old = find_in(services_, service.id)) service_names_.erase(old->spec.name);
  service_names_[service.spec.name] = service.id;
  const Uuid id = service.id;
  services_[id] = std::make_shared<const Service>(std::move(service));
}

void Snapshot::put(Binding binding) {
  assert(services_.contains(binding.service_id));
  const auto entry = std::make_shared<const Binding>(std::move(binding));
  bindings_[entry->id] = entry;
  tokens_[entry->token_hash] = entry;
}

void Snapshot::erase_service(const Uuid& id) {
  const auto found = services_.find(id);
  if (found == services_.end()) return;
  std::erase_if(tokens_, [&](const auto& entry) { return entry.second->service_id == id; });
  std::erase_if(bindings_, [&](const auto& entry) { return entry.second->service_id == id; });
  service_names_.erase(found->second->spec.name);
  services_.erase(found);
}

void Snapshot::erase_binding(const Uuid& id) {
  const auto found = bindings_.find(id);
  if (found == bindings_.end()) return;
  tokens_.erase(found->second->token_hash);
  bindings_.erase(found);
}

}  // namespace outhaul::edge
