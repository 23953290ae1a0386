#pragma once

#include <string>

#include "agent/settings/configuration.h"
#include "common/diagnosis/bundle.h"
#include "common/diagnosis/redaction.h"

namespace outhaul::agent {

/// Collects everything that helps to find a fault of the agent; nothing here is secret after it.
/// `redaction` learns the secrets and must outlive the bundle. Blocks for as long as the check
/// takes.
diagnosis::Bundle collect(const ConfigurationSource& source, const std::string& version_json,
                          diagnosis::Redaction& redaction);

}  // namespace outhaul::agent
