#include "common/h2/liveness.h"

#include <algorithm>

#include "common/async/timed_wait.h"

namespace outhaul::h2 {

Task<void> Liveness::until_silent() {
  for (;;) {
    const Duration quiet = loop_.now() - session_.last_received();
    if (!jumped_.is_set() && quiet < limits_.interval) {
      co_await wait_for(loop_, jumped_, limits_.interval - quiet);
      continue;
    }
    const Duration limit =
        jumped_.is_set() ? std::min(limits_.answer, limits_.answer_after_jump) : limits_.answer;
    jumped_.clear();
    const TimePoint asked = loop_.now();
    session_.ping();
    const bool jumped = co_await wait_for(loop_, jumped_, limit);
    // The peer had no chance to answer while this process did not run: ask again.
    if (!jumped && session_.last_received() < asked) co_return;
  }
}

}  // namespace outhaul::h2
