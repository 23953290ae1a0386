#pragma once

#include <functional>
#include <string>

#include <sys/types.h>

#include "common/async/loop.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/base/log.h"
#include "common/base/service_manager.h"

namespace outhaul {

/// Keeps the service manager informed about a server: when it is ready, what it does,
/// that its loops still turn, and that it drains.
///
///   ServiceHeartbeat heartbeat(loop, log, [&] { return agent.status_line(); });
///   agent.start();
///   heartbeat.start();                    // READY=1
///   ... heartbeat.stopping(grace);        // STOPPING=1, when the drain begins
///
/// The watchdog is fed from the loop, and only if the server's other loops turn as well, so a
/// server with a loop that hangs is restarted by the manager. Without a manager nothing runs.
class ServiceHeartbeat {
 public:
  /// How often the line of status() is compared with the one that the manager has.
  static constexpr std::chrono::seconds status_interval{1};

  /// `status()` returns one line for people: "3 of 4 connections up". Both references outlive the
  /// heartbeat. A variable of the environment that is wrong is logged, and there is no manager.
  /// `others_turn()`, if it is not empty, is asked before each feeding: whether all other loops
  /// have turned since it was asked last.
  ServiceHeartbeat(Loop& loop, Log& log, std::function<std::string()> status,
                   std::function<bool()> others_turn = {});

  /// Says that the server is ready, and goes on until destroyed.
  void start();
  /// Says that the server drains for `longest` at most.
  void stopping(Duration longest);
  /// Another process is the service from now on; this one says nothing more.
  void hand_over(pid_t process);
  /// A reload begins, and has ended.
  void reloading();
  void reloaded();

 private:
  Task<void> feed_watchdog(Duration period);
  Task<void> report_status();
  /// Whether it was told. The first failure is logged; more of them would only repeat it.
  bool check(const Result<void>& told);

  Loop& loop_;
  Log& log_;
  std::function<std::string()> status_;
  std::function<bool()> others_turn_;
  ServiceManager manager_;
  std::string told_status_;
  bool ready_told_ = false;
  bool failure_logged_ = false;
  bool stopping_ = false;
  Scope tasks_;
};

}  // namespace outhaul
