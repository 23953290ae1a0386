#include "edge/directory/schema.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

namespace outhaul::edge {
namespace {

/// "OHDR": says whose database the file is, whatever its name.
constexpr std::int64_t kApplicationId = 0x4f484452;

/// Step N brings a database from user_version N to N + 1. A published step never changes.
constexpr std::array kMigrations = {
    R"sql(
CREATE TABLE tunnels (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  created_at INTEGER NOT NULL,  -- milliseconds since 1970
  deleted_at INTEGER,
  disabled   INTEGER NOT NULL DEFAULT 0
) STRICT;
-- A deleted tunnel stays as a tombstone; its name is free again.
CREATE UNIQUE INDEX tunnels_name ON tunnels (name) WHERE deleted_at IS NULL;

CREATE TABLE tunnel_keys (
  tunnel_id  TEXT NOT NULL REFERENCES tunnels (id),
  position   INTEGER NOT NULL CHECK (position IN (0, 1)),
  public_key BLOB NOT NULL CHECK (length(public_key) = 32),
  PRIMARY KEY (tunnel_id, position)
) STRICT;

CREATE TABLE services (
  id           TEXT PRIMARY KEY,
  name         TEXT NOT NULL UNIQUE,
  type         TEXT NOT NULL CHECK (type IN ('http', 'tcp')),
  http_port    INTEGER,
  https_port   INTEGER,
  tcp_port     INTEGER,
  app_protocol TEXT,
  hostname     TEXT,
  ipv4         TEXT,
  ipv6         TEXT,
  tunnel_id    TEXT NOT NULL REFERENCES tunnels (id),
  resolver_ips TEXT,             -- separated by commas
  tls_mode     TEXT,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX services_tunnel ON services (tunnel_id);

CREATE TABLE bindings (
  id         TEXT PRIMARY KEY,
  service_id TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
  token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  name       TEXT,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX bindings_service ON bindings (service_id);
)sql",
};
constexpr auto kSchemaVersion = static_cast<std::int64_t>(kMigrations.size());

/// EXCLUSIVE must come before the first access of a file in WAL mode, so that no other process
/// gets in.
constexpr const char* kAccessPragmas =
    "PRAGMA busy_timeout = 2000;"
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA trusted_schema = OFF;";

/// Only for a file that is known to be ours: WAL changes the file.
/// FULL: a token is shown once, so what was acknowledged must survive a power cut.
constexpr const char* kWritePragmas =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA foreign_keys = ON;"
    // The first write transaction takes the exclusive lock; it is kept until the file is closed.
    "BEGIN EXCLUSIVE; COMMIT;";

Result<std::int64_t> read_integer(Database& database, std::string_view sql) {
  OUTHAUL_TRY(rows, database.query(sql));
  OUTHAUL_TRY(found, rows.step());
  return found ? rows.integer(0) : std::int64_t{0};
}

Result<void> check_owner(Database& database, std::int64_t version) {
  OUTHAUL_TRY(application_id, read_integer(database, "PRAGMA application_id"));
  if (application_id == kApplicationId) {
    if (version <= kSchemaVersion) return {};
    return Error{ErrorKind::invalid,
                 "the directory file has schema version " + std::to_string(version) +
                     ", this outhaul-edge knows up to " + std::to_string(kSchemaVersion) +
                     "; run the newer outhaul-edge that wrote it, or restore an older backup"};
  }
  OUTHAUL_TRY(tables, read_integer(database, "SELECT count(*) FROM sqlite_schema"));
  if (application_id == 0 && version == 0 && tables == 0) return {};
  return Error{ErrorKind::invalid,
               "the file is a SQLite database of another program; give outhaul-edge its own "
               "directory file"};
}

Result<void> check_whole(Database& database) {
  OUTHAUL_TRY(rows, database.query("PRAGMA quick_check(1)"));
  OUTHAUL_TRY(found, rows.step());
  if (found && rows.text(0) == "ok") return {};
  return Error{ErrorKind::invalid,
               "the directory file is damaged (" + std::string(found ? rows.text(0) : "no answer") +
                   "); restore it from a backup, or move it away to start empty"};
}

Result<void> migrate(Database& database, std::int64_t version) {
  for (; version < kSchemaVersion; ++version) {
    OUTHAUL_TRY(transaction, Transaction::begin(database));
    OUTHAUL_CHECK(database.run_script(kMigrations[static_cast<std::size_t>(version)]));
    // Pragmas take no bound parameters; both values are our own integers.
    OUTHAUL_CHECK(database.run("PRAGMA application_id = " + std::to_string(kApplicationId)));
    OUTHAUL_CHECK(database.run("PRAGMA user_version = " + std::to_string(version + 1)));
    OUTHAUL_CHECK(transaction.commit());
  }
  return {};
}

/// By path, not by descriptor: closing any descriptor of an open database drops its locks.
Result<void> make_private(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return system_error(errno, "stat");
  if ((status.st_mode & 077) != 0 && ::chmod(path.c_str(), 0600) != 0) {
    return system_error(errno, "set mode 0600");
  }
  return {};
}

/// Its schema version, when it is whole and ours.
Result<std::int64_t> examine(Database& database) {
  OUTHAUL_CHECK(database.run_script(kAccessPragmas));
  OUTHAUL_TRY(version, read_integer(database, "PRAGMA user_version"));
  OUTHAUL_CHECK(check_owner(database, version));
  OUTHAUL_CHECK(check_whole(database));
  return version;
}

Result<Database> open_and_prepare(const std::string& path) {
  OUTHAUL_TRY(database, Database::open(path));
  OUTHAUL_TRY(version, examine(database));
  OUTHAUL_CHECK(make_private(path));
  OUTHAUL_CHECK(database.run_script(kWritePragmas));
  OUTHAUL_CHECK(migrate(database, version));
  return database;
}

Result<std::int64_t> open_and_examine(const std::string& path) {
  // Opening would make it.
  if (::access(path.c_str(), F_OK) != 0) return system_error(errno, "open");
  OUTHAUL_TRY(database, Database::open(path));
  return examine(database);
}

template <typename T>
Result<T> about(const std::string& path, Result<T> result) {
  if (result) return result;
  return Error{result.error().kind, path + ": " + result.error().message};
}

}  // namespace

Result<Database> open_directory_database(const std::string& path) {
  return about(path, open_and_prepare(path));
}

Result<std::int64_t> directory_schema(const std::string& path) {
  return about(path, open_and_examine(path));
}

std::int64_t newest_schema() {
  return kSchemaVersion;
}

}  // namespace outhaul::edge
