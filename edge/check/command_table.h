#pragma once

#include <span>

#include "common/options/program.h"

namespace outhaul::edge::check {

// For the program's table; both take the options of `serve` that say what it needs of its machine.

/// The command `check`.
options::Command check_command(std::span<const options::Option> serve_options);

/// The command `diag`.
options::Command diag_command(std::span<const options::Option> serve_options);

}  // namespace outhaul::edge::check
