#pragma once

#include <vector>

#include "common/base/metrics_text.h"
#include "common/dns/statistics.h"

namespace outhaul::agent {

/// The resolver's families. At most 32 sets of servers are shown, those with most questions first.
void write_dns(MetricsWriter& writer, const std::vector<dns::SetStatistics>& sets);

}  // namespace outhaul::agent
