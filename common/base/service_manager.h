#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "common/base/result.h"

namespace outhaul {

/// The service manager that started this process, such as systemd with Type=notify, told by the
/// sd_notify protocol: datagrams to the unix socket that NOTIFY_SOCKET names. Without one, every
/// call does nothing and succeeds, so callers need not ask.
///
/// Nothing blocks: a manager that does not read its socket is an error, and the message is lost.
/// Errors are for the log; the process can go on after each of them.
class ServiceManager {
 public:
  struct Settings {
    /// A path, or "@name" in the abstract namespace. Empty: there is no manager.
    std::string socket;
    /// WatchdogSec= of the unit: the manager restarts a process that was silent for so long.
    std::optional<std::chrono::microseconds> watchdog;
  };

  /// What NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID say to this process. Errors name the
  /// variable.
  static Result<Settings> settings_from_environment();

  explicit ServiceManager(Settings settings);
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  bool present() const { return !settings_.socket.empty(); }
  /// Not set without a manager.
  std::optional<std::chrono::microseconds> watchdog() const { return settings_.watchdog; }

  /// Started, or done with a reload. `status` is the line that `systemctl status` shows.
  Result<void> ready(std::string_view status);
  /// A reload begins; ready() ends it.
  Result<void> reloading();
  /// A drain begins. The manager kills the process when it lasts longer than `longest`.
  Result<void> stopping(std::chrono::microseconds longest);
  Result<void> status(std::string_view text);
  /// To be called more often than watchdog().
  Result<void> alive();
  /// Another process is the service from now on, as after an upgrade in place.
  Result<void> main_process(pid_t pid);

 private:
  Result<void> send(std::string_view message);

  Settings settings_;
  int fd_ = -1;
};

}  // namespace outhaul
