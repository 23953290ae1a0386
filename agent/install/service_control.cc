#include "agent/install/service_control.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace outhaul::agent {

namespace {

constexpr const char* unit = "outhaul.service";
constexpr std::chrono::milliseconds between_looks{200};

/// Reads to the end of a pipe.
std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> part{};
  for (;;) {
    const ssize_t size = ::read(fd, part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(size));
  }
}

/// Runs a program with its output in a pipe; both outputs, so that an error explains itself.
Result<pid_t> spawn(const std::vector<std::string>& command, int output) {
  std::vector<char*> arguments;
  for (const std::string& word : command)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  pid_t pid = -1;
  const int failure =
      ::posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure == 0) return pid;
  return system_error(failure, "run " + command.front());
}

std::string property(std::string_view text, std::string_view name) {
  const std::string start = std::string(name) + "=";
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(start)) return std::string(line.substr(start.size()));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return {};
}

}  // namespace

Result<std::string> ServiceControl::systemctl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "systemctl");
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error(errno, "run systemctl");
  const Result<pid_t> pid = spawn(arguments, ends[1]);
  ::close(ends[1]);
  std::string output = pid ? read_all(ends[0]) : std::string();
  ::close(ends[0]);
  if (!pid) return pid.error();
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return output;
  std::string command;
  for (const std::string& word : arguments)
    command += (command.empty() ? "" : " ") + word;
  return Error{ErrorKind::system, command + " failed: " + output.substr(0, output.find('\n')) +
                                      "; see journalctl -u outhaul"};
}

Result<void> ServiceControl::enable_and_restart() {
  OUTHAUL_CHECK(systemctl({"enable", "--quiet", unit}));
  OUTHAUL_CHECK(systemctl({"restart", unit}));
  return {};
}

Result<void> ServiceControl::disable_and_stop() {
  OUTHAUL_CHECK(systemctl({"disable", "--quiet", "--now", unit}));
  return {};
}

Result<void> ServiceControl::enable_in(const std::filesystem::path& root) {
  OUTHAUL_CHECK(systemctl({"--root", root.string(), "enable", "--quiet", unit}));
  return {};
}

Result<void> ServiceControl::disable_in(const std::filesystem::path& root) {
  OUTHAUL_CHECK(systemctl({"--root", root.string(), "disable", "--quiet", unit}));
  return {};
}

Result<ServiceControl::State> ServiceControl::state() {
  OUTHAUL_TRY(text, systemctl({"show", "--property", "ActiveState,StatusText", unit}));
  return State{property(text, "ActiveState"), property(text, "StatusText")};
}

Result<ServiceControl::State> ServiceControl::wait_until_connected(std::chrono::seconds longest) {
  const auto give_up = std::chrono::steady_clock::now() + longest;
  for (;;) {
    OUTHAUL_TRY(now, state());
    if (now.active == "active" && tells_connection(now.status)) return now;
    if (now.active == "failed") {
      return Error{ErrorKind::refused, "the service has failed; see journalctl -u outhaul"};
    }
    if (std::chrono::steady_clock::now() >= give_up) {
      return Error{ErrorKind::timed_out, "not connected after " + std::to_string(longest.count()) +
                                             " s, and it goes on trying (" + now.active + ", " +
                                             now.status + "); see journalctl -u outhaul"};
    }
    std::this_thread::sleep_for(between_looks);
  }
}

bool tells_connection(std::string_view status) {
  const std::string_view count = status.substr(0, status.find(' '));
  return status.find(" connections up") != std::string_view::npos && !count.empty() && count != "0";
}

}  // namespace outhaul::agent
