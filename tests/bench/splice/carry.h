#pragma once

#include "common/async/task.h"
#include "common/base/result.h"
#include "common/net/byte_stream.h"

namespace outhaul::bench {

/// Carries bytes both ways until both directions have ended. A side that is slow to take bytes
/// stops the other. Both streams must outlive the task.
Task<Result<void>> carry_both(net::ByteStream& left, net::ByteStream& right);

}  // namespace outhaul::bench
