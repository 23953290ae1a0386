#include "common/base/service_manager.h"

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace outhaul {

namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

Result<std::int64_t> positive_number(const char* variable, std::string_view text) {
  std::int64_t number = 0;
  const auto end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || number <= 0) {
    return Error{ErrorKind::invalid, std::string(variable) +
                                         ": not a positive number; unset it, or let the service "
                                         "manager set it"};
  }
  return number;
}

/// The manager compares it with its own clock, to tell an old answer from a new one.
std::int64_t monotonic_microseconds() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1000;
}

/// One assignment a line: a line end would let a text set another variable.
std::string status_line(std::string_view text) {
  std::string line = "STATUS=";
  for (const char c : text)
    line.push_back(c == '\n' ? ' ' : c);
  return line;
}

}  // namespace

Result<ServiceManager::Settings> ServiceManager::settings_from_environment() {
  Settings settings;
  settings.socket = environment("NOTIFY_SOCKET");
  if (settings.socket.empty()) return settings;
  const bool understood = settings.socket.front() == '/' || settings.socket.front() == '@';
  if (!understood || settings.socket.size() >= sizeof(sockaddr_un::sun_path)) {
    return Error{ErrorKind::invalid,
                 "NOTIFY_SOCKET: not the absolute path or @name of a unix socket of at most 107 "
                 "bytes; unset it, or let the service manager set it"};
  }
  const std::string_view period = environment("WATCHDOG_USEC");
  if (period.empty()) return settings;
  OUTHAUL_TRY(microseconds, positive_number("WATCHDOG_USEC", period));
  const std::string_view owner = environment("WATCHDOG_PID");
  if (!owner.empty()) {
    OUTHAUL_TRY(pid, positive_number("WATCHDOG_PID", owner));
    // Meant for a parent of this process.
    if (pid != getpid()) return settings;
  }
  settings.watchdog = std::chrono::microseconds(microseconds);
  return settings;
}

ServiceManager::ServiceManager(Settings settings) : settings_(std::move(settings)) {
  if (present()) fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

ServiceManager::~ServiceManager() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> ServiceManager::ready(std::string_view status) {
  return send("READY=1\n" + status_line(status));
}

Result<void> ServiceManager::reloading() {
  return send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_microseconds()));
}

Result<void> ServiceManager::stopping(std::chrono::microseconds longest) {
  return send("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + std::to_string(longest.count()) +
              "\nSTATUS=Finishing the requests under way");
}

Result<void> ServiceManager::status(std::string_view text) {
  return send(status_line(text));
}

Result<void> ServiceManager::alive() {
  return send("WATCHDOG=1");
}

Result<void> ServiceManager::main_process(pid_t pid) {
  return send("MAINPID=" + std::to_string(pid));
}

Result<void> ServiceManager::send(std::string_view message) {
  if (!present()) return {};
  // Addressed each time: the manager may have made its socket anew.
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, settings_.socket.data(), settings_.socket.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const auto length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + settings_.socket.size());
  const auto sent = ::sendto(fd_, message.data(), message.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), length);
  if (sent < 0) return system_error(errno, "NOTIFY_SOCKET: tell the service manager");
  return {};
}

}  // namespace outhaul
