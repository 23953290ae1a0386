#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/settings/service_settings.h"
#include "common/base/limits.h"
#include "common/base/uuid.h"
#include "common/options/configuration_file.h"
#include "common/options/problem.h"
#include "common/options/values.h"

namespace outhaul::agent {

/// What the options say about services in general, or a section of the configuration file about
/// one. The files that it names have not been read.
struct ConfiguredService {
  /// None: the default for all services.
  std::optional<Uuid> service;
  ServiceSettings settings;
  /// Where the settings came from, for messages.
  options::Values values;
};

/// Services that have a name, and their ids.
using ServiceNames = std::map<std::string, Uuid, std::less<>>;

/// The default first, then the sections, which have the default's value where they say nothing.
/// `values` are those of a command with service_options(). A section is called by the service's id,
/// or by its name if it is one of `names`.
std::vector<ConfiguredService> read_configured_services(
    const options::Values& values, const std::vector<options::FileSection>& sections,
    const ServiceNames& names, const Limits& limits, options::Problems& problems);

/// The paths of all files that they name, each once.
std::vector<std::string> files_of(const std::vector<ConfiguredService>& services);

/// Reads the files and puts the table together. What `previous` (may be null) has read with the
/// same result is shared. Problems name the key and the file.
std::shared_ptr<const ServiceSettingsTable> load_services(
    const std::vector<ConfiguredService>& services, const ServiceSettingsTable* previous,
    options::Problems& problems);

}  // namespace outhaul::agent
