#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace outhaul::tunnel {

/// Reads a file that holds a secret and is at most `size_maximum` bytes long. Refused: what is no
/// regular file, and what others can get at - the mode has to be 0600, or 0640 with a group of this
/// process. `what` begins every message: "token file". Error kinds not_found, denied, invalid,
/// limit and system. The caller wipes the text (wipe_memory).
Result<std::string> read_secret_file(const std::string& path, std::string_view what,
                                     std::size_t size_maximum);

}  // namespace outhaul::tunnel
