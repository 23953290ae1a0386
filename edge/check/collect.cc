#include "edge/check/collect.h"

#include <filesystem>

#include "common/diagnosis/system_files.h"
#include "common/tunnel/listen_address.h"
#include "edge/check/check.h"
#include "edge/option_table.h"

namespace outhaul::edge::check {

namespace {

constexpr const char* unit = "outhaul-edge.service";

std::string folder_of(const std::string& file) {
  std::error_code failure;
  return std::filesystem::absolute(file, failure).parent_path().string();
}

}  // namespace

diagnosis::Bundle collect(const ServiceConfiguration& service, const std::string& version_json,
                          const diagnosis::Redaction& redaction) {
  const ConfigurationSource::Loaded loaded = service.source.load(false);
  const std::string& path = service.source.path().path;
  const std::string data_dir = loaded.configuration.options.data_dir.string();
  diagnosis::Bundle bundle(redaction);
  bundle.add("version.json", version_json);
  bundle.add_configuration(path);
  // Names and counts of tunnels, services and bindings are in there.
  bundle.add("check.json", page_json(check_setup(service)));
  bundle.leave_out("directory.db",
                   "it has keys and hashes of tokens; its counts are in check.json");
  bundle.leave_out("ca.key", "secrets are never part of it; see authority in check.json");
  bundle.add_status_pages(tunnel::parse_status_address(
      loaded.configuration.values.list("status-listen"), status_directory));
  bundle.add_found("log.txt", diagnosis::read_journal(unit, "edge"));
  bundle.add_found("resolv.conf", diagnosis::read_system_file("/etc/resolv.conf"));
  bundle.add("files.txt",
             diagnosis::directory_text(folder_of(path)) + diagnosis::directory_text(data_dir));
  bundle.add_system(unit);
  bundle.add_listing();
  return bundle;
}

}  // namespace outhaul::edge::check
