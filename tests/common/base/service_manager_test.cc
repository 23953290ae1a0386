#include "common/base/service_manager.h"

#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "tests/support/notify_socket.h"

using namespace outhaul;
using testing::NotifySocket;
using testing::ScopedVariable;

TEST_CASE("without a manager every message succeeds and goes nowhere") {
  const auto settings = ServiceManager::settings_from_environment();
  REQUIRE(settings);
  ServiceManager manager(*settings);
  CHECK_FALSE(manager.present());
  CHECK_FALSE(manager.watchdog());
  CHECK(manager.ready("up"));
  CHECK(manager.alive());
}

TEST_CASE("messages as the manager reads them") {
  NotifySocket socket;
  ServiceManager manager({socket.path(), std::nullopt});
  CHECK(manager.present());
  REQUIRE(manager.ready("1 of 4 connections up"));
  CHECK(socket.receive() == "READY=1\nSTATUS=1 of 4 connections up");
  REQUIRE(manager.status("2 of 4 connections up"));
  CHECK(socket.receive() == "STATUS=2 of 4 connections up");
  REQUIRE(manager.alive());
  CHECK(socket.receive() == "WATCHDOG=1");
  REQUIRE(manager.main_process(4711));
  CHECK(socket.receive() == "MAINPID=4711");
  REQUIRE(manager.stopping(std::chrono::seconds(40)));
  const std::string stopping = socket.receive().value_or("");
  CHECK(stopping.starts_with("STOPPING=1\nEXTEND_TIMEOUT_USEC=40000000\nSTATUS="));
  REQUIRE(manager.reloading());
  const std::string reloading = socket.receive().value_or("");
  CHECK(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="));
  CHECK(std::stoll(reloading.substr(reloading.rfind('=') + 1)) > 0);
}

TEST_CASE("a status cannot set another variable") {
  NotifySocket socket;
  ServiceManager manager({socket.path(), std::nullopt});
  REQUIRE(manager.status("one\nMAINPID=1"));
  CHECK(socket.receive() == "STATUS=one MAINPID=1");
}

TEST_CASE("a manager that is gone or does not read is an error, not a wait") {
  NotifySocket socket;
  ServiceManager manager({socket.path(), std::nullopt});
  Result<void> sent;
  for (int message = 0; message < 100'000 && sent; ++message)
    sent = manager.alive();
  REQUIRE_FALSE(sent);
  CHECK(sent.error().message.starts_with("NOTIFY_SOCKET: "));
  ServiceManager gone({socket.path() + "-gone", std::nullopt});
  CHECK_FALSE(gone.alive());
}

TEST_CASE("what the environment says") {
  const ScopedVariable socket("NOTIFY_SOCKET", "@outhaul-test");
  const ScopedVariable period("WATCHDOG_USEC", "30000000");
  const auto mine = ServiceManager::settings_from_environment();
  REQUIRE(mine);
  CHECK(mine->socket == "@outhaul-test");
  CHECK(mine->watchdog == std::chrono::seconds(30));

  SUBCASE("the watchdog of another process is not ours") {
    const ScopedVariable owner("WATCHDOG_PID", "1");
    const auto settings = ServiceManager::settings_from_environment();
    REQUIRE(settings);
    CHECK_FALSE(settings->watchdog);
  }
  SUBCASE("the watchdog of this process") {
    const ScopedVariable owner("WATCHDOG_PID", std::to_string(getpid()));
    const auto settings = ServiceManager::settings_from_environment();
    REQUIRE(settings);
    CHECK(settings->watchdog);
  }
  SUBCASE("mistakes name the variable") {
    for (const char* wrong : {"", "soon", "-1", "0", "30s"}) {
      const ScopedVariable broken("WATCHDOG_USEC", wrong);
      const auto settings = ServiceManager::settings_from_environment();
      if (std::string(wrong).empty()) {
        CHECK(settings);
      } else {
        REQUIRE_FALSE(settings);
        CHECK(settings.error().message.starts_with("WATCHDOG_USEC: "));
      }
    }
    for (const std::string& wrong :
         {std::string("vsock:2:1234"), std::string("notify"), "/" + std::string(107, 'x')}) {
      const ScopedVariable broken("NOTIFY_SOCKET", wrong);
      const auto settings = ServiceManager::settings_from_environment();
      REQUIRE_FALSE(settings);
      CHECK(settings.error().message.starts_with("NOTIFY_SOCKET: "));
    }
  }
}
