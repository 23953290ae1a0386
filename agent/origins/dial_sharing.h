#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "agent/origins/origin_key.h"
#include "agent/relay/failure_response.h"
#include "common/async/loop.h"
#include "common/async/readiness.h"

namespace outhaul::agent {

/// A dial under way that other requests wait for.
struct SharedDial {
  explicit SharedDial(Loop& loop) : done(loop) {}
  /// Set at its end. Then look again for a connection with room; dial if there is none.
  Readiness done;
  /// What the one who dialled was told; it holds for everybody who waited.
  std::optional<RelayFailure> failure;
  /// Requests that count on the new connection.
  std::size_t requests = 1;
};

/// Who dials when several requests want an origin that may speak HTTP/2: the first, and one more
/// for as many requests as a connection carries. So a hundred first requests make one connection
/// and not a hundred. Once the origin is known to choose HTTP/1.1, everybody dials for itself; each
/// dial that offers both learns anew.
class DialSharing {
 public:
  explicit DialSharing(Loop& loop) : loop_(loop) {}

  /// One dial. Whoever has it says how it ended; destroyed before that (its request was given up),
  /// those who wait look again, and one of them dials.
  class Turn;

  /// A dial under way to wait for. Null: begin() one.
  std::shared_ptr<SharedDial> join(const OriginKey& key);
  Turn begin(const OriginKey& key);

 private:
  /// What a connection is taken to carry until one has said.
  static constexpr std::size_t usual_streams = 100;
  static constexpr std::size_t entries_maximum = 4096;

  struct Origin {
    bool speaks_http1 = false;
    std::size_t streams = usual_streams;
    std::vector<std::shared_ptr<SharedDial>> dials;
  };
  void make_space();

  Loop& loop_;
  std::unordered_map<OriginKey, Origin, OriginKeyHash> origins_;
};

class DialSharing::Turn {
 public:
  Turn(Origin& origin, std::shared_ptr<SharedDial> dial)
      : origin_(origin), dial_(std::move(dial)) {}
  Turn(Turn&& other) noexcept = default;
  Turn& operator=(Turn&&) = delete;
  ~Turn() { end(); }

  void got_http1();
  /// The connection carries `streams` requests.
  void got_http2(std::size_t streams);
  void failed(const RelayFailure& failure);

 private:
  void end();

  // Stays while it has a dial.
  Origin& origin_;
  std::shared_ptr<SharedDial> dial_;
};

}  // namespace outhaul::agent
