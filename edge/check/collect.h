#pragma once

#include <string>

#include "common/diagnosis/bundle.h"
#include "common/diagnosis/redaction.h"
#include "edge/check/check.h"

namespace outhaul::edge::check {

/// Collects everything that helps to find a fault of the edge. The edge's files hold no token, only
/// keys and hashes; none of them is read for this. `redaction` must outlive the bundle. Blocks for
/// as long as the check takes.
diagnosis::Bundle collect(const ServiceConfiguration& service, const std::string& version_json,
                          const diagnosis::Redaction& redaction);

}  // namespace outhaul::edge::check
