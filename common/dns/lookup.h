#pragma once

#include <memory>
#include <string>

#include "common/async/loop.h"
#include "common/async/task.h"
#include "common/dns/resolution.h"
#include "common/dns/resolver_limits.h"
#include "common/dns/view.h"

namespace outhaul::dns {

/// Both families of a canonical name, asked together, unless `preference` wants only one. The first
/// family with addresses waits `resolution_delay` for the other; a stale answer stands in for one
/// that does not come. `loop` and `limits` outlive the task, the view is kept by it.
Task<Outcome> look_up(Loop& loop, std::shared_ptr<View> view, const Limits& limits,
                      std::string name, FamilyPreference preference);

/// One record type of a canonical name, under the same conditions. Never `pending`.
Task<FamilyReport> look_up_record(Loop& loop, std::shared_ptr<View> view, const Limits& limits,
                                  Question question);

}  // namespace outhaul::dns
