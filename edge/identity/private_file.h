#pragma once

#include <filesystem>
#include <string_view>

#include "common/base/result.h"

namespace outhaul::edge {

/// Whose a file becomes that root writes: in its data directory the edge has to be able to use it.
/// Whatever anybody else writes is their own.
enum class FileOwner : bool { writer, directory };

/// Writes a whole file that only its owner can read (mode 0600), replacing an old one in one step:
/// a reader, or a crash, sees the old or the new content. The message of an error names the file.
Result<void> write_private_file(const std::filesystem::path& path, std::string_view content,
                                FileOwner owner);

/// Gives an open file to the owner of a directory, if this is root.
void give_to_owner(int file, const std::filesystem::path& directory);

/// Makes a directory that only its owner can enter (mode 0700), with its parents. One that exists
/// is left as it is. The message of an error names the directory.
Result<void> make_private_directory(const std::filesystem::path& path);

}  // namespace outhaul::edge
