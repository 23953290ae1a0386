#include "agent/settings/configured_services.h"

#include <algorithm>
#include <utility>

#include "agent/origins/origin_identity.h"
#include "agent/settings/service_options.h"
#include "common/options/resolve.h"
#include "common/options/value_syntax.h"

namespace outhaul::agent {

namespace {

using options::FileSection;
using options::Option;
using options::Problems;
using options::Values;

std::string joined(std::span<const std::string> texts) {
  std::string text;
  for (const std::string& part : texts)
    text += (text.empty() ? "" : ",") + part;
  return text;
}

/// The options of a section: what holds for all services is their default.
std::vector<Option> section_table(const Values& general) {
  std::vector<Option> table = service_options();
  for (Option& option : table)
    option.default_text = joined(general.texts(option.name));
  for (Option& option : single_service_options())
    table.push_back(std::move(option));
  return table;
}

/// Certificate and key come from the same place: a section that names one of them alone must not
/// get the general other one.
void separate_client_certificate(const FileSection& section, std::vector<Option>& table) {
  if (!section.values.contains("origin_client_cert") &&
      !section.values.contains("origin_client_key")) {
    return;
  }
  for (Option& option : table) {
    if (option.name == "origin-client-cert" || option.name == "origin-client-key") {
      option.default_text.clear();
    }
  }
}

std::optional<Uuid> read_id(const FileSection& section, const ServiceNames& names,
                            Problems& problems) {
  if (const auto named = names.find(section.name); named != names.end()) return named->second;
  if (auto id = Uuid::parse(section.name)) return *id;
  problems.push_back({section.place.position,
                      section.place.where + ": " + options::in_quotes(section.name) +
                          " is no service id; write [service.\"UUID\"] with the lower-case UUID "
                          "that outhaul-edge service list shows" +
                          (names.empty() ? "" : ", or name it in an [[ingress]] entry")});
  return std::nullopt;
}

Problems read_section(const FileSection& section, std::vector<Option> table,
                      const ServiceNames& names, const Limits& limits,
                      std::vector<ConfiguredService>& services) {
  Problems problems;
  const auto id = read_id(section, names, problems);
  separate_client_certificate(section, table);
  options::GivenValues given;
  given.file = section.values;
  options::Resolution resolution = options::resolve_all(table, {}, given);
  for (options::Problem& problem : resolution.problems)
    problems.push_back(std::move(problem));
  ServiceSettings settings = read_service_settings(resolution.values, limits, problems);
  read_single_service(resolution.values, settings, problems);
  if (id) services.push_back({id, std::move(settings), std::move(resolution.values)});
  return problems;
}

OriginIdentityFiles identity_files(const ServiceSettings& settings) {
  return {settings.origin_ca, settings.client_certificate, settings.client_key};
}

/// The option to blame for a file that cannot be used.
std::string_view option_of(const ServiceSettings& settings, std::string_view message) {
  const auto names = [&](const std::string& path) {
    return !path.empty() && message.find("'" + path + "'") != std::string_view::npos;
  };
  if (names(settings.client_key)) return "origin-client-key";
  return names(settings.client_certificate) ? "origin-client-cert" : "origin-ca";
}

/// One file, or the two of a pair, of a service. What a section has from the general settings has
/// been reported with those.
void report_unusable(const ConfiguredService& service, OriginIdentityFiles files,
                     Problems& problems) {
  const auto loaded = OriginIdentity::load(std::move(files));
  if (loaded) return;
  const std::string& message = loaded.error().message;
  const std::string_view option = option_of(service.settings, message);
  if (service.service && !service.values.is_given(option)) return;
  problems.push_back(
      service.values.problem(option, message + "; check the path, its mode and its contents"));
}

}  // namespace

std::vector<ConfiguredService> read_configured_services(const Values& values,
                                                        const std::vector<FileSection>& sections,
                                                        const ServiceNames& names,
                                                        const Limits& limits, Problems& problems) {
  std::vector<ConfiguredService> services;
  services.push_back({std::nullopt, read_service_settings(values, limits, problems), values});
  const std::vector<Option> table = section_table(values);
  for (const FileSection& section : sections) {
    for (options::Problem& problem : read_section(section, table, names, limits, services))
      problems.push_back(std::move(problem));
  }
  return services;
}

std::vector<std::string> files_of(const std::vector<ConfiguredService>& services) {
  std::vector<std::string> files;
  for (const ConfiguredService& service : services) {
    const OriginIdentityFiles identity = identity_files(service.settings);
    for (const std::string& file : {identity.ca, identity.certificate, identity.key}) {
      if (!file.empty() && std::ranges::find(files, file) == files.end()) files.push_back(file);
    }
  }
  return files;
}

std::shared_ptr<const ServiceSettingsTable> load_services(
    const std::vector<ConfiguredService>& services, const ServiceSettingsTable* previous,
    Problems& problems) {
  OriginIdentities identities;
  if (previous != nullptr) {
    previous->for_each(
        [&](const ServiceSettings& settings) { identities.add_known(settings.identity); });
  }
  std::shared_ptr<ServiceSettingsTable> table;
  for (const ConfiguredService& service : services) {
    ServiceSettings settings = service.settings;
    const OriginIdentityFiles files = identity_files(settings);
    if (auto identity = identities.load(files)) {
      settings.identity = std::move(*identity);
    } else {
      report_unusable(service, {files.ca, {}, {}}, problems);
      report_unusable(service, {{}, files.certificate, files.key}, problems);
    }
    if (service.service) {
      table->set(*service.service, std::move(settings));
    } else {
      table = std::make_shared<ServiceSettingsTable>(std::move(settings));
    }
  }
  return table;
}

}  // namespace outhaul::agent
