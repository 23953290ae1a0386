#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/connections/client_identity.h"
#include "common/base/uuid.h"
#include "common/options/option.h"
#include "common/options/problem.h"
#include "common/options/values.h"

/// The options of the profile `rhttp`, where HAProxy is the edge (protocol.md section 2.2).
namespace outhaul::agent {

/// Title of their block on the help page.
inline constexpr std::string_view rhttp_group = "Profile rhttp, HAProxy as the edge";

std::vector<options::Option> rhttp_options();

struct RhttpOptions {
  /// PEM files; both are there in this profile, and only in it.
  std::filesystem::path certificate;
  std::filesystem::path key;
  /// Age at which a connection is replaced.
  std::chrono::seconds life{};
  /// The edge removes the Tunnel-* fields of its clients: those that come are its own.
  bool trust_descriptor = false;
  bool control_requests = false;
  /// What the files held; set by load_rhttp_identity().
  std::optional<ClientIdentity> identity;
};

/// `chosen`: this is the profile. Problems name the flag, variable or key.
RhttpOptions read_rhttp_options(const options::Values& values, bool chosen,
                                options::Problems& problems);

/// Reads the files. Adds a warning when the certificate is not valid any more.
Result<void> load_rhttp_identity(RhttpOptions& options, const Uuid& tunnel_id,
                                 std::vector<std::string>& warnings);

}  // namespace outhaul::agent
