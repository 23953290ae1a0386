#pragma once

#include "common/options/program.h"

namespace outhaul::edge {

/// Read when it exists and no other is given.
inline constexpr const char* default_configuration_path = "/etc/outhaul-edge/outhaul-edge.toml";
/// Where the status socket is by default.
inline constexpr const char* status_directory = "/run/outhaul-edge";

/// The command line of outhaul-edge: the one table behind flags, environment variables,
/// configuration keys, help and reference. options.h turns its values into typed ones.
options::Program edge_program();

}  // namespace outhaul::edge
