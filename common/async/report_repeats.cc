#include "common/async/report_repeats.h"

#include <chrono>

#include "common/async/sleep.h"

namespace outhaul {

namespace {

constexpr std::chrono::seconds pause{5};

}  // namespace

Task<void> report_repeats(Loop& loop, Log& log) {
  for (;;) {
    co_await sleep_for(loop, pause);
    log.report_repeats();
  }
}

}  // namespace outhaul
