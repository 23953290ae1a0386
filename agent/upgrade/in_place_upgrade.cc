#include "agent/upgrade/in_place_upgrade.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/async/sleep.h"
#include "common/async/timed_wait.h"
#include "common/base/error.h"
#include "common/http/syntax.h"

namespace outhaul::agent {

namespace {

constexpr const char* report_variable = "OUTHAUL_UPGRADE_FD";
/// The descriptor's number in the new process.
constexpr int report_fd = 3;
/// For a failed process to end by itself before it is killed.
constexpr std::chrono::seconds ending_time{5};

/// What posix_spawn is told, released on every way out.
class SpawnSettings {
 public:
  explicit SpawnSettings(int report_end) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, report_end, report_fd);
    posix_spawnattr_init(&attributes_);
    // This process blocks the signals that it takes from a descriptor; the new one starts fresh.
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> environment_with_report() {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    // It names this process; without it the watchdog is for whoever is the service.
    if (!std::string_view(*entry).starts_with("WATCHDOG_PID=")) environment.emplace_back(*entry);
  }
  environment.push_back(std::string(report_variable) + "=" + std::to_string(report_fd));
  return environment;
}

bool has_ended(pid_t process) {
  return waitpid(process, nullptr, WNOHANG) == process;
}

}  // namespace

Program this_program(int argument_count, char** arguments) {
  Program program;
  program.arguments.assign(arguments, arguments + argument_count);
  std::error_code failure;
  program.path = std::filesystem::read_symlink("/proc/self/exe", failure).string();
  return program;
}

InPlaceUpgrade::InPlaceUpgrade(Loop& loop, Log& log, Program program, std::chrono::seconds longest,
                               std::function<void(pid_t)> succeeded)
    : loop_(loop),
      log_(log),
      program_(std::move(program)),
      longest_(longest),
      succeeded_(std::move(succeeded)),
      readable_(loop),
      tasks_(loop) {}

InPlaceUpgrade::~InPlaceUpgrade() {
  tasks_.cancel_all();
  close_report();
}

void InPlaceUpgrade::start() {
  if (std::exchange(under_way_, true)) return;
  tasks_.spawn(run());
}

void InPlaceUpgrade::on_fd_events(std::uint32_t) {
  readable_.set();
}

Task<void> InPlaceUpgrade::run() {
  log_.info("upgrade_begins", {{"program", program_.path}});
  const pid_t process = launch();
  if (process < 0) {
    under_way_ = false;
    co_return;
  }
  const bool serving = co_await reported();
  if (serving) {
    log_.info("upgrade_done", {{"process", std::int64_t{process}}});
    succeeded_(process);
  }
  close_report();
  if (serving) co_return;
  co_await end_process(process);
  log_.error("upgrade_failed",
             {{"process", std::int64_t{process}},
              {"message", "the new process ended, or did not connect in " +
                              std::to_string(longest_.count()) +
                              " s; its own lines say why. This process goes on serving"}});
  under_way_ = false;
}

pid_t InPlaceUpgrade::launch() {
  std::array<int, 2> ends{};
  // Both ways: the new process sees from its end when the old one has let go.
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) {
    log_.error("upgrade_failed",
               {{"message", system_error(errno, "cannot make a socket pair").message}});
    return -1;
  }
  const SpawnSettings settings(ends[1]);
  std::vector<std::string> arguments = program_.arguments;
  std::vector<std::string> environment = environment_with_report();
  pid_t process = -1;
  const int failure =
      posix_spawn(&process, program_.path.c_str(), settings.actions(), settings.attributes(),
                  pointers_to(arguments).data(), pointers_to(environment).data());
  close(ends[1]);
  report_ = ends[0];
  if (failure != 0) {
    close_report();
    log_.error("upgrade_failed",
               {{"message", system_error(failure, "cannot start " + program_.path).message}});
    return -1;
  }
  loop_.add(report_, EPOLLIN | EPOLLET, *this);
  return process;
}

Task<bool> InPlaceUpgrade::reported() {
  const TimePoint deadline = loop_.now() + longest_;
  for (;;) {
    char byte = 0;
    const ssize_t got = read(report_, &byte, 1);
    if (got >= 0) co_return got == 1;
    const Duration left = deadline - loop_.now();
    if (left <= Duration::zero()) co_return false;
    readable_.clear();
    co_await wait_for(loop_, readable_, left);
  }
}

Task<void> InPlaceUpgrade::end_process(pid_t process) {
  kill(process, SIGTERM);
  const TimePoint deadline = loop_.now() + ending_time;
  while (!has_ended(process)) {
    if (loop_.now() >= deadline) kill(process, SIGKILL);
    co_await sleep_for(loop_, std::chrono::milliseconds(50));
  }
}

void InPlaceUpgrade::close_report() {
  if (report_ < 0) return;
  if (under_way_) loop_.remove(report_, *this);
  close(std::exchange(report_, -1));
}

UpgradeReport::UpgradeReport() {
  const char* text = std::getenv(report_variable);
  if (text == nullptr) return;
  const auto number = http::parse_decimal(text);
  unsetenv(report_variable);
  if (!number || *number != report_fd || fcntl(report_fd, F_SETFD, FD_CLOEXEC) != 0) return;
  fd_ = report_fd;
}

UpgradeReport::~UpgradeReport() {
  if (fd_ >= 0) close(fd_);
}

void UpgradeReport::serving() {
  if (fd_ < 0) return;
  const char byte = 'r';
  // The old process may have given up; then there is nobody to tell.
  const ssize_t written = send(fd_, &byte, 1, MSG_NOSIGNAL);
  (void)written;
}

Task<void> UpgradeReport::acknowledged(Loop& loop) {
  const TimePoint patience_ends = loop.now() + ending_time;
  char byte = 0;
  // The end of the old process' side is the sign; it sends nothing.
  while (fd_ >= 0 && recv(fd_, &byte, 1, MSG_DONTWAIT) < 0 && loop.now() < patience_ends)
    co_await sleep_for(loop, std::chrono::milliseconds(5));
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

}  // namespace outhaul::agent
