#pragma once

#include <string>
#include <string_view>

#include "common/options/program.h"

namespace outhaul::options {

/// Where the forms of a program's options are kept as files.
struct TemplateFiles {
  /// "/etc/outhaul/outhaul.toml", or "/etc/outhaul/outhaul.env".
  std::string path;
  /// How a change takes effect: "systemctl reload outhaul".
  std::string apply;
};

/// An annotated configuration file in TOML with every key of a command, all of them commented out,
/// so that it changes nothing as it is.
std::string configuration_template(const Program& program, const Command& command,
                                   const TemplateFiles& files);

/// The same with the environment variables, for EnvironmentFile= of systemd.
std::string environment_template(const Program& program, const Command& command,
                                 const TemplateFiles& files);

/// "1 to 16" or the like for the value of an option; empty where the help says it, or there is no
/// limit.
std::string value_range(const Option& option);

}  // namespace outhaul::options
