#pragma once

#include <string>

#include "agent/status/agent_figures.h"

namespace outhaul::agent {

/// The agent's page for Prometheus, with figures of the process read now.
std::string metrics_page(const AgentFigures& figures);

}  // namespace outhaul::agent
