#pragma once

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/async/task.h"
#include "common/async/timer.h"
#include "common/h2/session.h"

namespace outhaul::h2 {

/// When a silent peer is asked, and when it counts as dead.
struct LivenessLimits {
  /// Silence before a PING.
  Duration interval;
  /// Silence after the PING.
  Duration answer;
  /// The same after the clock has jumped, if that is less: the peer has probably given up.
  Duration answer_after_jump;
};

/// Finds out that the peer of a connection is gone although TCP does not say so (protocol.md
/// section 6). Any byte is life, not only the answer to the PING: that may stand behind megabytes
/// of data.
class Liveness {
 public:
  /// `session` outlives it.
  Liveness(Loop& loop, Session& session, const LivenessLimits& limits)
      : loop_(loop), session_(session), limits_(limits), jumped_(loop) {}

  /// Ends when the peer has been silent for too long; until then it asks as needed. Once.
  Task<void> until_silent();
  /// Time has passed in which this process did not run: asks at once, and judges by the silence
  /// from now on. May be called from a handler of events.
  void clock_jumped() { jumped_.set(); }

 private:
  Loop& loop_;
  Session& session_;
  LivenessLimits limits_;
  Readiness jumped_;
};

}  // namespace outhaul::h2
