#include "common/async/drain_on_signal.h"

#include <csignal>

#include <doctest/doctest.h>

#include "common/async/readiness.h"
#include "tests/support/capture_log_sink.h"

using namespace outhaul;

namespace {

Task<void> note(int& drains) {
  ++drains;
  co_return;
}

Task<void> raise_again_and_hang(int& drains, Readiness& never) {
  ++drains;
  std::raise(SIGTERM);
  co_await never.wait();
}

}  // namespace

TEST_CASE("the first signal drains and stops, and says so") {
  Loop loop;
  DrainOnSignal signals(loop);
  test::CaptureLogSink sink;
  Log log(sink);
  int drains = 0;
  signals.arm(log, [&drains] { return note(drains); });
  std::raise(SIGTERM);
  loop.run();
  CHECK(drains == 1);
  CHECK(sink.contains("action=drain"));
}

TEST_CASE("a second signal stops a drain that does not end") {
  Loop loop;
  Readiness never(loop);
  DrainOnSignal signals(loop);
  test::CaptureLogSink sink;
  Log log(sink);
  int drains = 0;
  signals.arm(log, [&drains, &never] { return raise_again_and_hang(drains, never); });
  std::raise(SIGINT);
  loop.run();
  signals.disarm();
  CHECK(drains == 1);
  CHECK(sink.contains("action=stop"));
}

TEST_CASE("before there is anything to drain a signal just stops the loop") {
  Loop loop;
  const DrainOnSignal signals(loop);
  std::raise(SIGTERM);
  loop.run();
}
