#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "agent/origins/circuits.h"
#include "agent/origins/connection_slot.h"
#include "agent/origins/dial_sharing.h"
#include "agent/origins/h2_origins.h"
#include "agent/origins/origin_connection.h"
#include "agent/origins/origin_key.h"
#include "agent/origins/pool_statistics.h"
#include "agent/origins/process_use.h"
#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/intrusive_list.h"

namespace outhaul::agent {

/// How long an idle connection is kept, and how many with the same key.
struct KeepAlive {
  Duration timeout{};
  std::size_t connections = 0;
};

/// All origin connections of one loop. No connection is shared between two OriginKeys, so never
/// between two services. Must outlive the relays that use it.
///
/// A connection first needs a *slot* (reserve()): the caps of its service and of the agent. It is
/// *dialled*, unless the circuit of the address is open, and then lives one of three lives:
///  - HTTP/1.1: *leased* to one request at a time, between them *idle* here (take(), give_back()).
///    An idle connection is watched: whatever arrives on it, bytes or an end, retires it at once,
///    so that a request is not sent into a connection that is known to be dead. The one used last
///    is reused first.
///  - HTTP/2: shared by the requests of its key, see H2Origin.
///  - TCP and WebSocket: used up by one stream, never idle.
/// Its slot is free again when it is closed. When a cap is reached, which counts the connections of
/// all loops, an idle connection is closed to make room; when there is none here, the other loops
/// are asked to (RelayContext::make_room).
class OriginPool {
 public:
  /// The process holds at most `maximum` connections in all. `process` is not null.
  OriginPool(Loop& loop, std::size_t maximum,
             std::shared_ptr<ProcessUse> process = std::make_shared<ProcessUse>())
      : loop_(loop), maximum_(maximum), process_(std::move(process)), dials_(loop), http2_(loop) {}
  ~OriginPool();
  OriginPool(const OriginPool&) = delete;
  OriginPool& operator=(const OriginPool&) = delete;

  /// An idle connection for `key`, still alive as far as the kernel knows; null when there is none.
  std::unique_ptr<OriginConnection> take(const OriginKey& key);
  /// Keeps `connection` for the next request of `key`, or closes it when a limit is reached.
  void give_back(const OriginKey& key, std::unique_ptr<OriginConnection> connection,
                 const KeepAlive& keep_alive);

  /// The right to open one more connection for `service`, which may have `limit` of them; none when
  /// a cap is reached.
  std::optional<ConnectionSlot> reserve(const Uuid& service, const std::shared_ptr<ServiceUse>& use,
                                        std::uint32_t limit);

  H2Origins& http2() { return http2_; }
  DialSharing& dials() { return dials_; }
  Circuits& circuits() { return circuits_; }

  void count_reused() { ++counts_.reused; }
  void count_retried() { ++counts_.retried; }
  void count_circuit_refusal() { ++counts_.refused_by_circuit; }
  void count_cap_refusal() { ++counts_.refused_by_cap; }
  PoolStatistics statistics() const;

  /// HTTP/1.1 connections that wait for a request.
  std::size_t idle() const { return idle_count_; }
  std::size_t maximum() const { return maximum_; }
  /// For another loop that has reached a cap: closes an idle connection, of `service` if it has
  /// one.
  void make_room(const Uuid& service) {
    if (!close_idle(&service)) close_idle(nullptr);
  }
  /// Gives no connection that is there now to another request; those under way go on.
  void retire_all();
  void close_all();

 private:
  class Idle;
  struct IdleList {
    IntrusiveList<Idle> connections;
    std::size_t count = 0;
  };
  /// Stays while it has a connection.
  using Entry = std::pair<const OriginKey, IdleList>;
  Task<void> watch(Idle& idle, Duration timeout);
  void remove(Idle& idle);
  void destroy(IdleList& list, Idle& idle);
  /// Closes an idle connection, of `service` unless that is null. False: there is none.
  bool close_idle(const Uuid* service);

  Loop& loop_;
  std::size_t maximum_;
  std::size_t open_ = 0;  // slots held; these two before whatever holds one
  std::shared_ptr<ProcessUse> process_;
  PoolStatistics counts_;
  Circuits circuits_;
  DialSharing dials_;
  H2Origins http2_;
  std::unordered_map<OriginKey, IdleList, OriginKeyHash> idle_;
  std::size_t idle_count_ = 0;
};

}  // namespace outhaul::agent
