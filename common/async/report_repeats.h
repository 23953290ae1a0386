#pragma once

#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/base/log.h"

namespace outhaul {

/// Has the log say in time how often its lines were repeated. Runs until it is destroyed; both must
/// outlive it.
Task<void> report_repeats(Loop& loop, Log& log);

}  // namespace outhaul
