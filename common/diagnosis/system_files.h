#pragma once

#include <string>

#include "common/base/result.h"

namespace outhaul::diagnosis {

/// A file of this system, at most 1 MiB of it. The error names the path.
Result<std::string> read_system_file(const std::string& path);

/// The last lines that journald has of a unit, at most 2000 lines and 4 MiB. The error says why
/// there are none, and what else to try; `program` is "agent" or "edge".
Result<std::string> read_journal(const std::string& unit, const std::string& program);

/// Mode, owner, size and name of each file in a directory; no contents.
std::string directory_text(const std::string& path);

}  // namespace outhaul::diagnosis
