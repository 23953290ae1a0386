#pragma once

#include <string>

#include "common/options/values.h"

namespace outhaul::edge {

// The commands that ask a running edge; each prints its answer and returns an exit code of
// exit_codes.h.

/// `outhaul-edge ready`
int run_ready(const options::Values& values);

/// `outhaul-edge logs set-level LEVEL`
int run_set_level(const options::Values& values, const std::string& level);

}  // namespace outhaul::edge
