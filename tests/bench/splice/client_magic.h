#pragma once

#include <cstddef>
#include <vector>

#include "common/async/task.h"
#include "common/base/result.h"
#include "common/net/byte_stream.h"

namespace outhaul::bench {

/// Takes the magic with which an HTTP/2 client begins (RFC 9113 section 3.4) off a stream. Returns
/// what came behind it; error kind `protocol` when something else came. With profile `rhttp` both
/// ends of a joint send it, and neither expects it.
Task<Result<std::vector<std::byte>>> take_client_magic(net::ByteStream& stream);

}  // namespace outhaul::bench
