#pragma once

#include <chrono>
#include <optional>

#include "edge/check/directory_view.h"
#include "edge/check/report.h"
#include "edge/options.h"

namespace outhaul::edge::check {

/// The edge's own authority: ca.pem and ca.key of the data directory, which tokens pin. Skipped
/// with a given certificate.
Step check_authority(const ServeOptions& options, std::chrono::system_clock::time_point now);

/// The certificate for agents: a given one is read, and has to fit its key, the public names and
/// the time; of the edge's own one the running edge tells the end.
Step check_certificate(const ServeOptions& options, const std::optional<DirectoryView>& view,
                       std::chrono::system_clock::time_point now);

}  // namespace outhaul::edge::check
