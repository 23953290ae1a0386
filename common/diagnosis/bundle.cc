#include "common/diagnosis/bundle.h"

#include <array>
#include <utility>

#include <gnu/libc-version.h>
#include <sys/utsname.h>

#include "common/diagnosis/system_files.h"
#include "common/http/status_call.h"

namespace outhaul::diagnosis {

namespace {

std::string system_text() {
  utsname system{};
  ::uname(&system);
  std::string text = std::string("kernel ") + system.sysname + " " + system.release + " " +
                     system.version + " " + system.machine + "\nlibc glibc " +
                     ::gnu_get_libc_version() + "\n";
  if (const auto release = read_system_file("/etc/os-release")) text += "\n" + *release;
  return text;
}

std::string limits_text(const std::string& unit) {
  const std::string of_unit = "/sys/fs/cgroup/system.slice/" + unit;
  std::string text;
  for (const std::string& path :
       {std::string("/proc/self/limits"), std::string("/proc/self/cgroup"),
        std::string("/sys/fs/cgroup/memory.max"), std::string("/sys/fs/cgroup/cpu.max"),
        of_unit + "/memory.max", of_unit + "/memory.current", of_unit + "/pids.max",
        of_unit + "/cpu.max"}) {
    const auto contents = read_system_file(path);
    if (contents) text += "==> " + path + "\n" + *contents + "\n";
  }
  return text;
}

}  // namespace

void Bundle::add(std::string name, std::string_view contents) {
  members_.push_back({std::move(name), redaction_.apply(contents)});
}

void Bundle::leave_out(std::string name, std::string reason) {
  missing_.push_back({std::move(name), std::move(reason)});
}

void Bundle::add_found(std::string name, const Result<std::string>& contents) {
  if (contents) return add(std::move(name), *contents);
  leave_out(std::move(name), contents.error().message);
}

void Bundle::add_configuration(const std::string& path) {
  auto text = read_system_file(path);
  if (text) *text = redaction_.apply_to_configuration(*text);
  add_found("configuration.toml", text);
}

void Bundle::add_status_pages(const Result<net::SocketAddress>& address) {
  constexpr std::array<std::pair<const char*, const char*>, 2> pages{
      std::pair{"status.json", "/status"}, std::pair{"metrics.txt", "/metrics"}};
  for (const auto& [name, target] : pages) {
    if (!address) {
      leave_out(name, "status-listen: " + address.error().message);
      continue;
    }
    const auto answer = http::call_status(*address, "GET", target);
    if (answer) {
      add(name, answer->body);
    } else {
      leave_out(name, answer.error().message);
    }
  }
}

void Bundle::add_system(const std::string& unit) {
  add("limits.txt", limits_text(unit));
  add("system.txt", system_text());
}

void Bundle::add_listing() {
  add("CONTENTS.txt", listing());
}

std::string Bundle::listing() const {
  std::string text;
  for (const Member& member : members_) {
    std::string size = std::to_string(member.contents.size());
    size.insert(0, size.size() < 10 ? 10 - size.size() : 0, ' ');
    text += size + "  " + member.name + "\n";
  }
  for (const Missing& each : missing_)
    text += "  left out  " + each.name + ": " + each.reason + "\n";
  return text;
}

}  // namespace outhaul::diagnosis
