#include "common/async/service_heartbeat.h"

#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/capture_log_sink.h"
#include "tests/support/notify_socket.h"

using namespace outhaul;
using testing::NotifySocket;
using testing::ScopedVariable;

namespace {

/// Turns the loop until the manager gets this message; false when it does not come.
bool arrives(Loop& loop, NotifySocket& socket, const std::string& wanted) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < give_up) {
    while (const auto message = socket.receive()) {
      if (*message == wanted) return true;
    }
    loop.run_turn(std::chrono::milliseconds(50));
  }
  return false;
}

}  // namespace

TEST_CASE("ready at the start, then the status when it changes") {
  NotifySocket socket;
  const ScopedVariable variable("NOTIFY_SOCKET", socket.path());
  Loop loop;
  test::CaptureLogSink sink;
  Log log(sink);
  std::string status = "0 of 4 connections up";
  ServiceHeartbeat heartbeat(loop, log, [&status] { return status; });
  heartbeat.start();
  CHECK(socket.receive() == "READY=1\nSTATUS=0 of 4 connections up");
  status = "4 of 4 connections up";
  CHECK(arrives(loop, socket, "STATUS=4 of 4 connections up"));
  heartbeat.reloading();
  CHECK(socket.receive().value_or("").starts_with("RELOADING=1\n"));
  heartbeat.reloaded();
  CHECK(socket.receive() == "READY=1\nSTATUS=4 of 4 connections up");
  heartbeat.stopping(std::chrono::seconds(40));
  CHECK(socket.receive().value_or("").starts_with("STOPPING=1\nEXTEND_TIMEOUT_USEC=40000000\n"));
  CHECK(sink.lines().empty());
}

TEST_CASE("the watchdog is fed again and again, while the loop turns") {
  NotifySocket socket;
  const ScopedVariable variable("NOTIFY_SOCKET", socket.path());
  const ScopedVariable period("WATCHDOG_USEC", "40000");
  Loop loop;
  test::CaptureLogSink sink;
  Log log(sink);
  ServiceHeartbeat heartbeat(loop, log, [] { return std::string("up"); });
  heartbeat.start();
  for (int ping = 0; ping < 3; ++ping)
    CHECK(arrives(loop, socket, "WATCHDOG=1"));
}

TEST_CASE("the watchdog is not fed while another loop hangs") {
  NotifySocket socket;
  const ScopedVariable variable("NOTIFY_SOCKET", socket.path());
  const ScopedVariable period("WATCHDOG_USEC", "20000");
  Loop loop;
  test::CaptureLogSink sink;
  Log log(sink);
  int asked = 0;
  ServiceHeartbeat heartbeat(
      loop, log, [] { return std::string("up"); }, [&asked] { return ++asked > 3; });
  heartbeat.start();
  CHECK(socket.receive() == "READY=1\nSTATUS=up");
  while (asked < 3)
    loop.run_turn(std::chrono::milliseconds(50));
  CHECK_FALSE(socket.receive());
  CHECK(arrives(loop, socket, "WATCHDOG=1"));
}

TEST_CASE("a manager that missed READY hears it later, and the failure is logged once") {
  NotifySocket socket;
  const ScopedVariable variable("NOTIFY_SOCKET", socket.path());
  ServiceManager flood({socket.path(), std::nullopt});
  while (flood.alive()) {
  }
  Loop loop;
  test::CaptureLogSink sink;
  Log log(sink);
  ServiceHeartbeat heartbeat(loop, log, [] { return std::string("up"); });
  heartbeat.start();
  heartbeat.reloading();
  CHECK(arrives(loop, socket, "READY=1\nSTATUS=up"));
  CHECK(sink.lines().size() == 1);
  CHECK(sink.contains("NOTIFY_SOCKET"));
}

TEST_CASE("a wrong variable is logged, and the server runs without a manager") {
  const ScopedVariable variable("NOTIFY_SOCKET", "nonsense");
  Loop loop;
  test::CaptureLogSink sink;
  Log log(sink);
  ServiceHeartbeat heartbeat(loop, log, [] { return std::string("up"); });
  heartbeat.start();
  heartbeat.stopping(std::chrono::seconds(1));
  CHECK(sink.lines().size() == 1);
  CHECK(sink.contains("NOTIFY_SOCKET: not the absolute path"));
}
