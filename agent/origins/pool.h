#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "agent/origins/origin_connection.h"
#include "agent/origins/origin_key.h"
#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/intrusive_list.h"

namespace outhaul::agent {

/// How long an idle connection is kept, and how many with the same key.
struct KeepAlive {
  Duration timeout{};
  std::size_t connections = 0;
};

/// Idle origin connections of one loop, by OriginKey; the one used last is reused first.
///
/// An idle connection is watched: whatever arrives on it, bytes or an end, retires it at once, so
/// that a request is not sent into a connection that is known to be dead. Must outlive the relays
/// that give connections back.
class OriginPool {
 public:
  /// Keeps at most `idle_maximum` connections in all.
  OriginPool(Loop& loop, std::size_t idle_maximum) : loop_(loop), idle_maximum_(idle_maximum) {}
  ~OriginPool();
  OriginPool(const OriginPool&) = delete;
  OriginPool& operator=(const OriginPool&) = delete;

  /// An idle connection for `key`, still alive as far as the kernel knows; null when there is none.
  std::unique_ptr<OriginConnection> take(const OriginKey& key);
  /// Keeps `connection` for the next request of `key`, or closes it when a limit is reached.
  void give_back(const OriginKey& key, std::unique_ptr<OriginConnection> connection,
                 const KeepAlive& keep_alive);

  std::size_t idle() const { return idle_count_; }
  void close_all();

 private:
  class Idle;
  struct IdleList {
    IntrusiveList<Idle> connections;
    std::size_t count = 0;
  };
  Task<void> watch(Idle& idle, Duration timeout);
  void remove(Idle& idle);
  void destroy(IdleList& list, Idle& idle);

  Loop& loop_;
  std::size_t idle_maximum_;
  std::unordered_map<OriginKey, IdleList, OriginKeyHash> idle_;
  std::size_t idle_count_ = 0;
};

}  // namespace outhaul::agent
