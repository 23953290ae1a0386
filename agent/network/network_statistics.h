#pragma once

#include <vector>

#include "agent/network/address_memory.h"
#include "agent/policy/policy_gate.h"
#include "common/dns/statistics.h"

namespace outhaul::agent {

/// What the network side of an agent has counted; see the parts for what "since" means.
struct NetworkStatistics {
  std::vector<dns::SetStatistics> dns;
  PolicyStatistics policy;
  AddressStatistics addresses;
};

}  // namespace outhaul::agent
