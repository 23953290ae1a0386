#include "agent/diag/bundle.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include <gnu/libc-version.h>
#include <sys/utsname.h>

#include "agent/diag/system_files.h"
#include "agent/diagnose/setup/check.h"
#include "agent/diagnose/setup/local_steps.h"
#include "agent/diagnose/setup/page.h"
#include "agent/option_table.h"
#include "common/http/status_call.h"
#include "common/tunnel/listen_address.h"

namespace outhaul::agent {

namespace {

void add_file(Bundle& bundle, const Redaction& redaction, const std::string& name,
              const std::string& path) {
  const auto text = read_system_file(path);
  if (text) {
    bundle.add(redaction, name, *text);
  } else {
    bundle.missing.push_back({name, text.error().message});
  }
}

/// What the agent that runs says of itself.
void add_running(Bundle& bundle, const Redaction& redaction, const options::Values& values) {
  const auto address = tunnel::parse_status_address(values.list("status-listen"), status_directory);
  const std::array<std::pair<const char*, const char*>, 2> pages{
      std::pair{"status.json", "/status"}, std::pair{"metrics.txt", "/metrics"}};
  for (const auto& [name, target] : pages) {
    if (!address) {
      bundle.missing.push_back({name, "status-listen: " + address.error().message});
      continue;
    }
    const auto answer = http::call_status(*address, "GET", target);
    if (!answer) {
      bundle.missing.push_back({name, answer.error().message});
    } else {
      bundle.add(redaction, name, answer->body);
    }
  }
}

void add_configuration(Bundle& bundle, const Redaction& redaction,
                       const ConfigurationSource& source) {
  const std::string& path = source.path().path;
  const auto text = read_system_file(path);
  if (text) {
    bundle.add(redaction, "configuration.toml", redaction.apply_to_configuration(*text));
  } else {
    bundle.missing.push_back({"configuration.toml", text.error().message});
  }
  bundle.missing.push_back({"token", "secrets are never part of it; see token in check.json"});
}

void add_log(Bundle& bundle, const Redaction& redaction) {
  const auto log = read_journal();
  if (log) {
    bundle.add(redaction, "log.txt", *log);
  } else {
    bundle.missing.push_back({"log.txt", log.error().message});
  }
}

std::string system_text() {
  utsname system{};
  ::uname(&system);
  std::string text = std::string("kernel ") + system.sysname + " " + system.release + " " +
                     system.version + " " + system.machine + "\nlibc glibc " +
                     ::gnu_get_libc_version() + "\n";
  if (const auto release = read_system_file("/etc/os-release")) text += "\n" + *release;
  return text;
}

std::string limits_text() {
  std::string text;
  for (const char* path :
       {"/proc/self/limits", "/proc/self/cgroup", "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/system.slice/outhaul.service/memory.max",
        "/sys/fs/cgroup/system.slice/outhaul.service/memory.current",
        "/sys/fs/cgroup/system.slice/outhaul.service/pids.max",
        "/sys/fs/cgroup/system.slice/outhaul.service/cpu.max"}) {
    const auto contents = read_system_file(path);
    if (contents) text += std::string("==> ") + path + "\n" + *contents + "\n";
  }
  return text;
}

std::string hosts_text() {
  const auto hosts = read_system_file("/etc/hosts");
  if (!hosts) return hosts.error().message + "\n";
  return "/etc/hosts has " + std::to_string(std::ranges::count(*hosts, '\n')) +
         " lines; they are left out\n";
}

/// The secrets, to know what to take out; without a token there is none to be found.
void learn_secrets(Redaction& redaction, const ConfigurationSource& source) {
  ConfigurationSource::Loaded loaded = source.load(nullptr);
  AgentOptions& options = loaded.configuration.options;
  const auto read = load_credentials(loaded.configuration.values, options);
  if (read && options.profile == SetupProfile::ptth) redaction.learn(options.token);
  const auto& proxy = options.reach.proxy;
  if (proxy && proxy->credentials && !proxy->credentials->password.empty()) {
    redaction.learn(proxy->credentials->password);
  }
}

}  // namespace

void Bundle::add(const Redaction& redaction, std::string name, std::string_view contents) {
  members.push_back({std::move(name), redaction.apply(contents)});
}

std::string Bundle::listing() const {
  std::string text;
  for (const Member& member : members) {
    std::string size = std::to_string(member.contents.size());
    size.insert(0, size.size() < 10 ? 10 - size.size() : 0, ' ');
    text += size + "  " + member.name + "\n";
  }
  for (const Missing& each : missing)
    text += "  left out  " + each.name + ": " + each.reason + "\n";
  return text;
}

Bundle collect(const ConfigurationSource& source, std::string version_json) {
  setup::join_service_group();
  Redaction redaction;
  learn_secrets(redaction, source);
  Bundle bundle;
  bundle.add(redaction, "version.json", version_json);
  add_configuration(bundle, redaction, source);
  const ConfigurationSource::Loaded loaded = source.load(nullptr);
  bundle.add(redaction, "check.json", setup::page_json(setup::check_setup(source, {})));
  add_running(bundle, redaction, loaded.configuration.values);
  add_log(bundle, redaction);
  add_file(bundle, redaction, "resolv.conf", "/etc/resolv.conf");
  bundle.add(redaction, "hosts.txt", hosts_text());
  const auto path = std::filesystem::absolute(source.path().path);
  bundle.add(redaction, "files.txt", directory_text(path.parent_path().string()));
  bundle.add(redaction, "limits.txt", limits_text());
  bundle.add(redaction, "system.txt", system_text());
  bundle.add(redaction, "CONTENTS.txt", bundle.listing());
  return bundle;
}

}  // namespace outhaul::agent
