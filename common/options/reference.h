#pragma once

#include <string>

#include "common/options/program.h"

namespace outhaul::options {

/// The whole command line as Markdown for docs/: commands, and for each option its flag,
/// environment variable, configuration key, values and default.
std::string markdown_reference(const Program& program);

}  // namespace outhaul::options
