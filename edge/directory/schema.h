#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.h"
#include "edge/directory/sqlite.h"

namespace outhaul::edge {

/// Opens the directory file, checks that it is whole and ours, and brings its schema forward to
/// this program's version. The returned Database holds the file exclusively: the snapshot in
/// memory is only true while nobody else writes.
///
/// Errors name the file: in use by another process (denied); damaged, another program's database,
/// or written by a newer outhaul (invalid).
Result<Database> open_directory_database(const std::string& path);

/// The schema version of a directory file that nobody uses, whole and ours; changes nothing. 0: it
/// is empty. Errors as above, and not_found.
Result<std::int64_t> directory_schema(const std::string& path);

/// The version that this program works with.
std::int64_t newest_schema();

}  // namespace outhaul::edge
