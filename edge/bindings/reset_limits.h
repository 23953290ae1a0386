#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/base/limits.h"
#include "common/h2/rate_meter.h"
#include "common/h2/stream.h"

namespace outhaul::edge {

/// Counts the HTTP/2 streams that were reset, by binding and over all client connections of a loop
/// (protocol.md section 8), so that a client gains nothing from opening more connections. Each
/// connection has limits of its own besides, in its session.
class ResetLimits {
 public:
  /// `limits` must outlive this.
  explicit ResetLimits(const Limits& limits) : limits_(limits) {}

  /// Whether a stream of `binding` that was reset by its peer, or by us because of it, is still
  /// within the limits.
  bool allow_peer_reset(std::string_view binding, TimePoint now);
  bool allow_caused_reset(std::string_view binding, TimePoint now);

  /// Bindings that are kept in mind.
  std::size_t size() const { return meters_.size(); }

 private:
  struct Meters {
    h2::RateMeter peer;
    h2::RateMeter caused;
    TimePoint used;
  };
  Meters& meters(std::string_view binding, TimePoint now);
  void forget_quiet(TimePoint now);

  const Limits& limits_;
  std::unordered_map<std::string, Meters> meters_;
};

/// Looks at how a request's stream ended, on every way out of the request. Declare it after the
/// stream, so that it is destroyed before.
class ResetWatch {
 public:
  /// `over_limit` is set when the stream was one too many. All references must outlive this.
  ResetWatch(ResetLimits& limits, Loop& loop, const h2::Stream& stream, Readiness& over_limit)
      : limits_(limits), loop_(loop), stream_(stream), over_limit_(over_limit) {}
  ~ResetWatch();
  ResetWatch(const ResetWatch&) = delete;
  ResetWatch& operator=(const ResetWatch&) = delete;

  /// Whose stream it is; before that nobody's.
  void belongs_to(std::string binding) { binding_ = std::move(binding); }

 private:
  ResetLimits& limits_;
  Loop& loop_;
  const h2::Stream& stream_;
  Readiness& over_limit_;
  std::string binding_;
};

}  // namespace outhaul::edge
