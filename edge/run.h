#pragma once

#include "edge/connect_options.h"
#include "edge/options.h"
#include "edge/settings/configuration.h"

namespace outhaul::edge {

/// `outhaul-edge serve`: runs until a signal. Returns an exit code of exit_codes.h.
/// `source` is where `loaded` came from, and comes from when it changes.
int serve(const ConfigurationSource& source, const ConfigurationSource::Loaded& loaded);

/// Carries out one directory command, prints its result and returns an exit code of exit_codes.h.
int admin_command(const AdminCommand& command);

/// `outhaul-edge connect`: runs until a signal, or with --stdio until both directions have ended.
int connect(const ConnectOptions& options);

}  // namespace outhaul::edge
