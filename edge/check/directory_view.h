#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "edge/admin/api_caller.h"

namespace outhaul::edge::check {

/// What a check looks at in the directory, and, of an edge that runs, in its connections. Without
/// tombstones; without tokens, keys and their hashes.
struct DirectoryView {
  struct Tunnel {
    std::string id;
    std::string name;
    bool disabled = false;
    /// Those that take requests, and the agents that they belong to.
    std::size_t connections = 0;
    std::size_t agents = 0;
  };
  struct Service {
    std::string id;
    std::string name;
    std::string tunnel_id;
    std::size_t bindings = 0;
  };
  std::vector<Tunnel> tunnels;
  std::vector<Service> services;
  std::size_t bindings = 0;
  /// Ids of bindings to a service that is not there.
  std::vector<std::string> lost_bindings;

  // Of an edge that runs.
  bool running = false;
  /// Where it listens, as "0.0.0.0:7844" and "unix:/run/edge.sock". Nothing: it does not say.
  std::optional<std::vector<std::string>> listeners;
  /// How long the certificate lasts that it shows. Nothing: it does not say.
  std::optional<double> certificate_left_s;

  const Tunnel* tunnel(const std::string& id) const;
};

/// From a running edge, or from the files.
Result<DirectoryView> read_directory(ApiCaller& api);

}  // namespace outhaul::edge::check
