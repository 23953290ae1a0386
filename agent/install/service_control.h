#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace outhaul::agent {

/// The unit outhaul.service, through systemctl of the PATH. Every call waits for it.
class ServiceControl {
 public:
  /// The unit's state, as `systemctl show` tells it.
  struct State {
    /// "active", "activating", "failed"...
    std::string active;
    /// The line that the agent sends: "4 of 4 connections up".
    std::string status;
  };

  /// Starts it now, with its new configuration if it runs, and with every boot.
  Result<void> enable_and_restart();
  Result<void> disable_and_stop();
  /// In another system's tree, which does not run: from its next boot on, and never again.
  Result<void> enable_in(const std::filesystem::path& root);
  Result<void> disable_in(const std::filesystem::path& root);
  Result<State> state();

  /// Until the agent has a connection. The error says what it did instead.
  Result<State> wait_until_connected(std::chrono::seconds longest);

 private:
  Result<std::string> systemctl(std::vector<std::string> arguments);
};

/// Whether the agent's status line tells of a connection that is up.
bool tells_connection(std::string_view status);

}  // namespace outhaul::agent
