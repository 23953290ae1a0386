#pragma once

#include "common/options/program.h"

namespace outhaul::agent {

/// Read when it exists and nothing else names a token.
inline constexpr const char* default_token_path = "/etc/outhaul/token";
/// Where the status socket is by default.
inline constexpr const char* status_directory = "/run/outhaul";

/// Read when it exists and no other is given.
inline constexpr const char* default_configuration_path = "/etc/outhaul/outhaul.toml";

/// The command line of outhaul: the one table behind flags, environment variables, configuration
/// keys, help and reference. options.h turns its values into AgentOptions.
options::Program agent_program();

}  // namespace outhaul::agent
