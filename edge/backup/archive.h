#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace outhaul::edge {

/// Everything of a data directory that another machine needs to go on in its place, as one tar
/// archive. ca.key in it is secret: who has it can pose as this edge.
///
///   outhaul-edge-backup/directory.db   tunnels, services, bindings
///   outhaul-edge-backup/ca.pem ca.key  the edge's own authority; neither with a given certificate
///   outhaul-edge-backup/addresses      what goes into tokens
struct Backup {
  /// A whole SQLite file.
  std::string database;
  std::optional<std::string> authority_pem;
  std::optional<std::string> authority_key_pem;
  std::optional<std::string> addresses;
};

/// `database` with the other files of the directory, which do not change while an edge runs.
/// Errors name the file.
Result<std::string> pack_backup(const std::filesystem::path& data_dir, std::string_view database);

/// Error kind `invalid`: it is no backup of an edge, or not a whole one.
Result<Backup> unpack_backup(std::string_view archive);

/// Puts a backup into a data directory that has neither a database nor an authority; one that is
/// not there is made. Nothing is left of a database that this program cannot use. Errors:
/// `denied`, something is there already, or an edge runs there; `invalid`, a file is not usable.
Result<void> restore_backup(const std::filesystem::path& data_dir, const Backup& backup);

}  // namespace outhaul::edge
