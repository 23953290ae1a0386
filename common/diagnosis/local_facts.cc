#include "common/diagnosis/local_facts.h"

#include <array>
#include <cstdio>

#include <grp.h>
#include <pwd.h>

#include "common/http/date.h"

namespace outhaul::diagnosis {

namespace {

/// 2025-01-01: no machine that runs this program is older.
constexpr std::chrono::system_clock::time_point earliest{std::chrono::seconds(1735689600)};

}  // namespace

std::string owner_text(const struct stat& status) {
  const passwd* user = ::getpwuid(status.st_uid);
  const group* owners = ::getgrgid(status.st_gid);
  return (user != nullptr ? user->pw_name : std::to_string(status.st_uid)) + ":" +
         (owners != nullptr ? owners->gr_name : std::to_string(status.st_gid));
}

std::string mode_text(const struct stat& status) {
  std::array<char, 8> mode{};
  std::snprintf(mode.data(), mode.size(), "%04o", status.st_mode & 07777U);
  return mode.data();
}

std::string file_text(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return path;
  return path + ", mode " + mode_text(status) + ", " + owner_text(status);
}

Step clock_step(std::chrono::system_clock::time_point now) {
  Step step{.name = "clock",
            .state = State::ok,
            .time = Duration::zero(),
            .detail = http::date_text(now)};
  if (now < earliest) {
    step.fail("",
              "the clock is wrong, certificates will not be accepted: set it, and run a time "
              "service (systemd-timesyncd, chrony)");
  }
  return step;
}

}  // namespace outhaul::diagnosis
