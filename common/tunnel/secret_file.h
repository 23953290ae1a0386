#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace outhaul::tunnel {

/// Reads a file that only its owner can read: mode 0600 or stricter, or group-readable as well
/// (0640) when the group is one of the process's own. The caller wipes the text. `what` names the
/// file in messages: "token file". Error kinds `not_found`, `denied`, `invalid` (no regular file),
/// `limit` (longer than `maximum`, which is whole KiB in bytes), `system`; the message has the path
/// and the fix.
Result<std::string> read_secret_file(const std::string& path, std::string_view what,
                                     std::size_t maximum);

}  // namespace outhaul::tunnel
