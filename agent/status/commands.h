#pragma once

#include <string>

#include "common/options/values.h"

namespace outhaul::agent {

// The commands that ask a running agent; each prints its answer and returns an exit code of
// exit_codes.h.

/// `outhaul status [--watch] [--json]`; with --watch until a signal ends the program.
int run_status(const options::Values& values);

/// `outhaul ready`
int run_ready(const options::Values& values);

/// `outhaul logs set-level LEVEL`
int run_set_level(const options::Values& values, const std::string& level);

}  // namespace outhaul::agent
