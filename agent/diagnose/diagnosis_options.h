#pragma once

#include <string>
#include <string_view>

#include "agent/network/lookup_preferences.h"
#include "agent/network/resolver_options.h"
#include "agent/policy/policy.h"
#include "agent/settings/service_settings.h"
#include "common/base/limits.h"
#include "common/base/result.h"
#include "common/options/command_line.h"
#include "common/options/problem.h"
#include "common/options/program.h"
#include "common/options/values.h"
#include "common/tunnel/descriptor.h"

namespace outhaul::agent {

/// What `resolve` and `check service` were told, checked.
struct DiagnosisOptions {
  /// The service as an edge would describe it. Its id and tunnel are nil unless --service was
  /// given.
  tunnel::Descriptor service;
  Policy policy;
  NameOptions names;
  /// For the service: --srv and --origin-family.
  LookupPreferences lookup;
  Limits limits;
  /// How the service is spoken with; its own section of the configuration file counts when
  /// --service names it.
  ServiceSettings settings;
  std::string method = "GET";
  std::string path = "/";
  bool json = false;
};

// The two below give errors that name the argument, flag or variable; the exit code is exit_usage.

/// `text` is NAME[:PORT], the port is 80 unless given.
Result<DiagnosisOptions> read_resolve_options(const options::Values& values, std::string_view text);

/// `text` is HOST:PORT. The settings are read by read_service_of_check().
Result<DiagnosisOptions> read_check_options(const options::Values& values, std::string_view text);

/// The settings that the agent would use, of flags, environment and configuration file, with the
/// certificates that they name. Problems name the flag, variable or key; the exit code is
/// exit_configuration.
void read_service_of_check(const options::Program& program, const options::Invocation& invocation,
                           DiagnosisOptions& options, options::Problems& problems);

}  // namespace outhaul::agent
