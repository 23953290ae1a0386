#pragma once

#include <string>

#include "common/options/program.h"

namespace outhaul::options {

/// Where the variables of a program's options are kept.
struct EnvironmentFile {
  /// "/etc/outhaul-edge/outhaul-edge.env"
  std::string path;
  /// How a change takes effect: "systemctl restart outhaul-edge".
  std::string apply;
};

/// An annotated file with every environment variable of a command, all of them commented out, so
/// that it changes nothing as it is. For EnvironmentFile= of systemd.
std::string environment_template(const Program& program, const Command& command,
                                 const EnvironmentFile& file);

}  // namespace outhaul::options
