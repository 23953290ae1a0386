#pragma once

#include <concepts>
#include <optional>
#include <string>

#include "common/base/result.h"
#include "common/base/uuid.h"
#include "edge/directory/model.h"
#include "edge/directory/snapshot.h"
#include "edge/directory/store.h"

namespace outhaul::edge {

/// The changes that a Directory can make. Each is a value with
///   Outcome   what the caller gets: the object as it is now, or as it was before deletion
///   apply()   makes the change in the store and, only if that succeeded, in the next snapshot
/// Both run on the directory's writer thread. Errors: see Store.
template <typename M>
concept Mutation = requires(const M mutation, Store& store, Snapshot& next) {
  typename M::Outcome;
  { mutation.apply(store, next) } -> std::same_as<Result<typename M::Outcome>>;
};

struct CreateTunnel {
  using Outcome = Tunnel;
  Uuid id;  ///< made by the caller: the tunnel's key is derived with it
  std::string name;
  PublicKey public_key;
  Result<Tunnel> apply(Store& store, Snapshot& next) const;
};

struct DisableTunnel {
  using Outcome = Tunnel;
  Uuid id;
  bool disabled = true;
  Result<Tunnel> apply(Store& store, Snapshot& next) const;
};

/// Rotation: a second live key.
struct AddTunnelKey {
  using Outcome = Tunnel;
  Uuid id;
  PublicKey public_key;
  /// Of two keys, the one that gives way; without it two keys are refused.
  std::optional<PublicKey> replaced = {};
  Result<Tunnel> apply(Store& store, Snapshot& next) const;
};

/// The other half of a rotation: agents that use the key are out.
struct RevokeTunnelKey {
  using Outcome = Tunnel;
  Uuid id;
  PublicKey public_key;
  Result<Tunnel> apply(Store& store, Snapshot& next) const;
};

struct DeleteTunnel {
  using Outcome = Tunnel;
  Uuid id;
  Result<Tunnel> apply(Store& store, Snapshot& next) const;
};

struct CreateService {
  using Outcome = Service;
  ServiceSpec spec;
  Result<Service> apply(Store& store, Snapshot& next) const;
};

struct ReplaceService {
  using Outcome = Service;
  Uuid id;
  ServiceSpec spec;
  Result<Service> apply(Store& store, Snapshot& next) const;
};

struct DeleteService {
  using Outcome = Service;
  Uuid id;
  Result<Service> apply(Store& store, Snapshot& next) const;
};

struct CreateBinding {
  using Outcome = Binding;
  Uuid service_id;
  TokenHash token_hash;
  std::string name;  ///< may be empty
  Result<Binding> apply(Store& store, Snapshot& next) const;
};

struct DeleteBinding {
  using Outcome = Binding;
  Uuid id;
  Result<Binding> apply(Store& store, Snapshot& next) const;
};

/// No change: the database file as it is between two of them.
struct CopyDatabase {
  using Outcome = std::string;
  Result<std::string> apply(Store& store, Snapshot& next) const;
};

}  // namespace outhaul::edge
