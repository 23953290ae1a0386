#pragma once

#include <string>

#include "agent/network/target_locator.h"
#include "agent/origins/connector.h"
#include "agent/origins/pool.h"
#include "common/async/loop.h"
#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/base/uuid.h"

namespace outhaul::agent {

/// What every relay of this loop uses. Everything referenced outlives the relays.
struct RelayContext {
  Loop& loop;
  Log& log;
  const Limits& limits;
  Uuid tunnel_id;
  TargetLocator& locator;
  OriginDialer& connector;
  OriginPool& pool;
};

}  // namespace outhaul::agent
