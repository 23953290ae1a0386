#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/options/values.h"

namespace outhaul::agent {

/// A configuration file that somebody gives to `install`.
struct GivenConfiguration {
  std::string text;
  /// Whether the service needs a token: not in the profile rhttp.
  bool needs_token = true;
};

/// Reads it as the service will, with the tunnel that `install` was told besides. Errors: every
/// mistake, as the first one and how many more there are; on this machine (`root` is "/") also a
/// key or certificate that `group` may not read.
Result<GivenConfiguration> read_given_configuration(const options::Values& values,
                                                    const std::filesystem::path& root,
                                                    std::string_view group);

}  // namespace outhaul::agent
