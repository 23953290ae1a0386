#pragma once

#include <string>

#include "common/options/program.h"

namespace outhaul::options {

/// A complete configuration file to start from: every key, commented out, with its meaning, range
/// and default; a key without a default shows what stands for its value.
std::string annotated_configuration(const Program& program);

/// The reference of the configuration file as Markdown, below a heading of the second level.
std::string configuration_reference(const Program& program);

}  // namespace outhaul::options
