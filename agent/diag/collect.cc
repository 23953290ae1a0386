#include "agent/diag/collect.h"

#include <algorithm>
#include <filesystem>

#include "agent/diagnose/setup/check.h"
#include "agent/diagnose/setup/local_steps.h"
#include "agent/diagnose/setup/page.h"
#include "agent/option_table.h"
#include "common/diagnosis/system_files.h"
#include "common/tunnel/listen_address.h"

namespace outhaul::agent {

namespace {

constexpr const char* unit = "outhaul.service";

std::string hosts_text() {
  const auto hosts = diagnosis::read_system_file("/etc/hosts");
  if (!hosts) return hosts.error().message + "\n";
  return "/etc/hosts has " + std::to_string(std::ranges::count(*hosts, '\n')) +
         " lines; they are left out\n";
}

/// The secrets, to know what to take out; without a token there is none to be found.
void learn_secrets(diagnosis::Redaction& redaction, const ConfigurationSource& source) {
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

diagnosis::Bundle collect(const ConfigurationSource& source, const std::string& version_json,
                          diagnosis::Redaction& redaction) {
  setup::join_service_group();
  learn_secrets(redaction, source);
  const ConfigurationSource::Loaded loaded = source.load(nullptr);
  const std::string& path = source.path().path;
  diagnosis::Bundle bundle(redaction);
  bundle.add("version.json", version_json);
  bundle.add_configuration(path);
  bundle.leave_out("token", "secrets are never part of it; see token in check.json");
  bundle.add("check.json", setup::page_json(setup::check_setup(source, {})));
  bundle.add_status_pages(tunnel::parse_status_address(
      loaded.configuration.values.list("status-listen"), status_directory));
  bundle.add_found("log.txt", diagnosis::read_journal(unit, "agent"));
  bundle.add_found("resolv.conf", diagnosis::read_system_file("/etc/resolv.conf"));
  bundle.add("hosts.txt", hosts_text());
  const auto directory = std::filesystem::absolute(path).parent_path();
  bundle.add("files.txt", diagnosis::directory_text(directory.string()));
  bundle.add_system(unit);
  bundle.add_listing();
  return bundle;
}

}  // namespace outhaul::agent
