#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "agent/network/lookup_preferences.h"
#include "agent/network/resolver_options.h"
#include "agent/policy/policy.h"
#include "common/base/limits.h"
#include "common/base/result.h"
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
  /// Empty: the system's trust store.
  std::filesystem::path origin_ca;
  std::string method = "GET";
  std::string path = "/";
  bool json = false;
};

// The two below give errors that name the argument, flag or variable; the exit code is exit_usage.

/// `text` is NAME[:PORT], the port is 80 unless given.
Result<DiagnosisOptions> read_resolve_options(const options::Values& values, std::string_view text);

/// `text` is HOST:PORT.
Result<DiagnosisOptions> read_check_options(const options::Values& values, std::string_view text);

}  // namespace outhaul::agent
