#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/connections/backoff.h"
#include "agent/connections/edge_connection.h"
#include "agent/connections/slot_director.h"
#include "common/async/readiness.h"
#include "common/async/scope.h"
#include "common/async/task.h"

namespace outhaul::agent {

/// What the slots of one loop share. References outlive the slots.
struct SlotContext {
  ConnectionContext& connections;
  SlotDirector& director;
  /// Owns the tasks of all slots and of all their connections.
  Scope& tasks;
  /// This agent process.
  Uuid instance;
  /// 404 answers in a row, of all slots of the agent. The only thing here that loops share.
  std::atomic<std::uint32_t>& rejections;
  /// At least one.
  std::vector<tunnel::EdgeAddress> edges;
  /// A connection began to serve, or ended.
  std::function<void()> changed;
  /// Counts changes of the agent's credentials or edges; connections made before are outdated.
  std::uint64_t credentials = 0;

  const tunnel::EdgeAddress& edge(std::size_t index) const { return edges[index % edges.size()]; }
};

/// One of the agent's places for a connection to an edge. It has at most one *current* connection,
/// and dials when there is a reason:
///
/// - there is none: at once after one that served, then by the back-off, and sooner when another
///   slot reaches an edge (edge_is_back());
/// - the edge asked for a replacement, the connection has lived its life, or the slot is away from
///   its home edge and that may be back: the new connection serves before the old one is let go
///   (make before break). An edge that asked lets it go itself; else the slot drains it;
/// - the agent has other credentials since, and it is this slot's turn (renew()): the same.
///
/// A replacement that cannot be had leaves the current connection alone.
class Slot final : private ConnectionObserver {
 public:
  /// `context` outlives the slot, and the slot its tasks.
  Slot(SlotContext& context, std::uint32_t index);

  /// For ever, until drain().
  Task<void> run();

  /// Dials no more; the connections end when their requests are done.
  void drain();
  /// Gives up the requests under way. Not from inside a request.
  void cut();
  /// Whether its current connection was made with credentials that are not the agent's any more.
  bool outdated() const { return current_ && current_->credentials != context_.credentials; }
  /// Replaces an outdated connection, now.
  void renew();
  /// Forgets its connections, whose tasks are gone.
  void clear() { connections_.clear(); }
  /// Another slot reached this edge: if this one waits for no other reason than a failure, it need
  /// not wait any longer.
  void edge_is_back(std::size_t edge);

  /// Time has passed in which this process did not run: its connections ask for life, and a wait
  /// for no other reason than a failure is over, since the network is another one.
  void clock_jumped();

  /// Whether it has a connection that serves.
  bool serving() const;
  std::size_t active_requests() const;
  /// Of the current connection, else of one that is being dialled.
  ConnectionFigures figures() const;

 private:
  /// A connection and how it ended.
  struct Attempt {
    Attempt(Slot& slot, std::size_t edge_index);
    std::size_t edge;
    std::string edge_name;
    std::uint64_t credentials;
    EdgeConnection connection;
    ConnectionEnd end;
    bool ended = false;
  };
  using AttemptPointer = std::shared_ptr<Attempt>;

  void on_connection_changed() override;

  /// Why to dial now.
  enum class Reason : std::uint8_t { none, missing, asked, credentials, life, home };
  static std::string_view words(Reason reason);
  Reason reason_to_dial() const;
  /// Until which event of its own the slot may sleep; 0 for none.
  Duration time_to_wait() const;
  void forget_ended();
  void lose_current();
  Task<void> dial(Reason reason);
  Task<void> carry(AttemptPointer attempt, std::vector<EdgeRoute> routes);
  /// Puts what leads to the current connection's place behind what does not.
  void put_current_last(std::vector<EdgeRoute>& routes) const;
  void adopt(const AttemptPointer& attempt, Reason reason);
  void failed(ConnectionEnd end, std::size_t edge, Reason reason);
  void dial_soon(Duration jitter, std::size_t edge);
  Duration delay_after(const ConnectionEnd& end);
  std::size_t edge_for(Reason reason) const;
  std::size_t home() const;
  void report(const ConnectionEnd& end, const std::string& edge, Duration delay);

  SlotContext& context_;
  std::uint32_t index_;
  Backoff backoff_;
  Readiness changed_;
  bool draining_ = false;
  /// It is this slot's turn to replace a connection with old credentials.
  bool renewing_ = false;
  AttemptPointer current_;
  /// All that live: the current one, those that it replaced, and one that is being dialled.
  std::vector<AttemptPointer> connections_;
  std::size_t next_edge_;
  /// Dials for want of a connection, or because it was asked to, not before this.
  TimePoint not_before_{};
  /// The wait is the edge's wish (Retry-After, disabled, deleted), not a guess.
  bool told_to_wait_ = false;
  TimePoint life_ends_{};
  TimePoint try_home_{};
  std::uint32_t home_failures_ = 0;
  /// Failed replacements since an edge asked for one.
  std::size_t asked_failures_ = 0;
};

}  // namespace outhaul::agent
