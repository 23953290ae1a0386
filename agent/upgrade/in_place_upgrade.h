#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "common/async/loop.h"
#include "common/async/readiness.h"
#include "common/async/scope.h"
#include "common/async/task.h"
#include "common/base/log.h"

namespace outhaul::agent {

/// How this program was started, so that it can be started again.
struct Program {
  /// The installed file. Taken when the process starts, before the file is replaced.
  std::string path;
  /// argv, the name included.
  std::vector<std::string> arguments;
};

/// Of this process; `arguments` as main() got them.
Program this_program(int argument_count, char** arguments);

/// Replaces this process by the version that is installed now, without losing a request: starts it
/// beside this one, waits until it reports (UpgradeReport) that its connections serve, and calls
/// `succeeded` with its process id; whoever is called drains and ends. A new process that fails, or
/// takes too long, is ended and leaves this one as it is.
class InPlaceUpgrade final : private FdHandler {
 public:
  /// References outlive the upgrade. `longest` is the time that the new process has to connect.
  InPlaceUpgrade(Loop& loop, Log& log, Program program, std::chrono::seconds longest,
                 std::function<void(pid_t)> succeeded);
  ~InPlaceUpgrade();
  InPlaceUpgrade(const InPlaceUpgrade&) = delete;
  InPlaceUpgrade& operator=(const InPlaceUpgrade&) = delete;

  /// No effect while one is under way, or after one has succeeded.
  void start();

 private:
  void on_fd_events(std::uint32_t events) override;
  Task<void> run();
  /// The new process' id; -1 when it could not be started, which is logged.
  pid_t launch();
  /// Whether it reported in time.
  Task<bool> reported();
  Task<void> end_process(pid_t process);
  void close_report();

  Loop& loop_;
  Log& log_;
  Program program_;
  std::chrono::seconds longest_;
  std::function<void(pid_t)> succeeded_;
  Readiness readable_;
  int report_ = -1;  // a socket that the new process reports on
  bool under_way_ = false;
  Scope tasks_;
};

/// The new process' side of an upgrade: how it tells the old one that it serves. Without an upgrade
/// it does nothing.
class UpgradeReport {
 public:
  /// Takes the descriptor that the old process left in the environment, and the variable away.
  UpgradeReport();
  ~UpgradeReport();
  UpgradeReport(const UpgradeReport&) = delete;
  UpgradeReport& operator=(const UpgradeReport&) = delete;

  bool wanted() const { return fd_ >= 0; }
  /// Once is enough.
  void serving();
  /// Until the old process has let go of what only one can have, or some seconds have passed.
  Task<void> acknowledged(Loop& loop);

 private:
  int fd_ = -1;
};

}  // namespace outhaul::agent
