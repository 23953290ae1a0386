#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "edge/status/edge_figures.h"

namespace outhaul::edge {

/// The edge's page for Prometheus, with figures of the process read now.
std::string metrics_page(const EdgeFigures& figures);

/// A tunnel by its name, for labels.
struct NamedTunnel {
  std::string name;
  Registry::TunnelFigures figures;
};

/// In the order of names. Those over a bound share the entry "other", so that a page stays small.
std::vector<NamedTunnel> named_tunnels(const EdgeFigures& figures);

}  // namespace outhaul::edge
