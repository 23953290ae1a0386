#pragma once

#include <filesystem>
#include <string_view>

#include "common/base/result.h"

namespace outhaul::edge {

/// Writes a whole file that only its owner can read (mode 0600), replacing an old one in one step:
/// a reader, or a crash, sees the old or the new content. The message of an error names the file.
Result<void> write_private_file(const std::filesystem::path& path, std::string_view content);

/// Makes a directory that only its owner can enter (mode 0700), with its parents. One that exists
/// is left as it is. The message of an error names the directory.
Result<void> make_private_directory(const std::filesystem::path& path);

}  // namespace outhaul::edge
