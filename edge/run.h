#pragma once

#include "edge/options.h"

namespace outhaul::edge {

/// `outhaul-edge serve`: runs until a signal. Returns an exit code of exit_codes.h.
int serve(const ServeOptions& options);

/// Carries out one directory command, prints its result and returns an exit code of exit_codes.h.
int admin_command(const AdminCommand& command);

}  // namespace outhaul::edge
