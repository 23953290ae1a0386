#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/uuid.h"
#include "edge/directory/model.h"

namespace outhaul::edge {

/// The whole directory at one moment. Published as shared_ptr<const Snapshot> and never changed
/// afterwards, so any thread reads it without a lock; pointers into it live as long as the caller
/// keeps the snapshot. Copying shares the entries, so that the writer's next version is cheap.
class Snapshot {
 public:
  /// Tombstones included: look at deleted_at. Null when the id was never known.
  const Tunnel* tunnel(const Uuid& id) const;
  /// Live tunnels only.
  const Tunnel* tunnel_by_name(std::string_view name) const;
  const Service* service(const Uuid& id) const;
  const Service* service_by_name(std::string_view name) const;
  const Binding* binding(const Uuid& id) const;

  // By id or name, as people write them; what reads as an id is never a name.
  const Tunnel* find_tunnel(std::string_view id_or_name) const;
  const Service* find_service(std::string_view id_or_name) const;

  // Listings, ordered by creation. Tombstones included.
  std::vector<const Tunnel*> tunnels() const;
  std::vector<const Service*> services() const;
  std::vector<const Binding*> bindings() const;

  /// The binding, if its token is this one and it is for exactly this service, which then is
  /// present; null otherwise. An unknown id, an unknown token and a token for another service take
  /// the same steps: one SHA-256, one lookup by hash, one constant-time comparison. `service_id`
  /// may be in either case.
  const Binding* authorize(std::string_view service_id, std::string_view token) const;

  // The writer's side, before publication. Putting an id again replaces its entry.
  void put(Tunnel tunnel);
  void put(Service service);
  /// The service must be present.
  void put(Binding binding);
  /// Also erases its bindings.
  void erase_service(const Uuid& id);
  void erase_binding(const Uuid& id);

 private:
  template <typename T>
  using ById = std::unordered_map<Uuid, std::shared_ptr<const T>>;
  using ByName = std::map<std::string, Uuid, std::less<>>;

  /// A SHA-256 is as good as random already.
  struct TokenHasher {
    std::size_t operator()(const TokenHash& hash) const noexcept;
  };

  ById<Tunnel> tunnels_;
  ById<Service> services_;
  ById<Binding> bindings_;
  ByName tunnel_names_;
  ByName service_names_;
  std::unordered_map<TokenHash, std::shared_ptr<const Binding>, TokenHasher> tokens_;
};

}  // namespace outhaul::edge
