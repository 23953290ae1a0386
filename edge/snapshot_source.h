#pragma once

#include <functional>
#include <memory>

#include "edge/directory/snapshot.h"

namespace outhaul::edge {

/// Gives the directory as it is now, never null.
using SnapshotSource = std::function<std::shared_ptr<const Snapshot>()>;

}  // namespace outhaul::edge
