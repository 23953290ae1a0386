#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/async/loop.h"
#include "common/dns/resolver_limits.h"
#include "common/dns/server.h"

namespace outhaul::dns {

/// How a set of servers is asked; what resolv.conf can say beyond addresses.
struct ServerSettings {
  std::vector<ServerAddress> servers;
  Transport transport = Transport::udp_first;
  /// Begin with another server each time.
  bool rotate = false;
  /// Override Limits when not zero.
  std::chrono::milliseconds try_every{0};
  std::uint32_t tries = 0;

  friend bool operator==(const ServerSettings&, const ServerSettings&) = default;
};

/// The servers of one set.
class ServerPool {
 public:
  ServerPool(Loop& loop, ServerSettings settings, const Limits& limits);

  /// In the order in which they should be asked now: bad ones last.
  std::vector<Server*> order();
  Duration try_every() const;
  /// For each server.
  std::uint32_t tries() const;
  const ServerSettings& settings() const { return settings_; }
  const std::vector<std::unique_ptr<Server>>& servers() const { return servers_; }

 private:
  const Limits& limits_;
  ServerSettings settings_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::size_t next_first_ = 0;
};

}  // namespace outhaul::dns
