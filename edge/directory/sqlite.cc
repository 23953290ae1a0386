#include "edge/directory/sqlite.h"

#include <cassert>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace outhaul::edge {
namespace {

Error sqlite_error(int code, const char* message) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorKind::denied,
              "the directory file is in use by another process (a running outhaul-edge?); "
              "talk to its admin socket, or stop it first"};
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {ErrorKind::invalid,
              std::string("the directory file is no SQLite database or is damaged (") + message +
                  "); restore it from a backup, or move it away to start empty"};
    case SQLITE_FULL:
      return {ErrorKind::limit, "the disk of the directory file is full; free some space"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return {ErrorKind::system,
              std::string("the directory file or its folder cannot be written (") + message +
                  "); check owner and mode"};
    default:
      return {ErrorKind::system, std::string("directory database: ") + message};
  }
}

Error sqlite_error(sqlite3* database) {
  return sqlite_error(sqlite3_extended_errcode(database), sqlite3_errmsg(database));
}

/// SQLITE_TRANSIENT (SQLite copies the value) without the macro's C cast.
sqlite3_destructor_type copy_value() {
  return reinterpret_cast<sqlite3_destructor_type>(std::intptr_t{-1});
}

/// SQLite creates files 0644 less umask; so a new file is created before SQLite sees it. (-wal gets
/// the mode of the main file.)
Result<void> create_private(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno != EEXIST) return system_error(errno, "create");
  if (fd >= 0) ::close(fd);
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return system_error(errno, "stat");
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorKind::invalid, "not a regular file; name a file for the directory"};
  }
  return {};
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return sqlite_error(sqlite3_db_handle(statement_.get()));
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::text(int column) const {
  return as_text(blob(column));
}

Bytes Statement::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr) return {};
  return {static_cast<const std::byte*>(data), static_cast<std::size_t>(size)};
}

int Statement::bind(int index, const SqlValue& value) {
  sqlite3_stmt* statement = statement_.get();
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return sqlite3_bind_int64(statement, index, *number);
  }
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    // A null pointer would bind NULL; empty text is not NULL.
    return sqlite3_bind_text64(statement, index, text->empty() ? "" : text->data(), text->size(),
                               copy_value(), SQLITE_UTF8);
  }
  if (const auto* bytes = std::get_if<Bytes>(&value)) {
    if (bytes->empty()) return sqlite3_bind_zeroblob(statement, index, 0);
    return sqlite3_bind_blob64(statement, index, bytes->data(), bytes->size(), copy_value());
  }
  return sqlite3_bind_null(statement, index);
}

void Database::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

Result<Database> Database::open(const std::string& path) {
  OUTHAUL_CHECK(create_private(path));
  sqlite3* handle = nullptr;
  // NOMUTEX: one thread at a time is this class' contract.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database(handle);  // SQLite hands out a handle, to be closed, even when opening failed
  if (code != SQLITE_OK) return sqlite_error(code, sqlite3_errstr(code));
  return database;
}

Result<Statement> Database::query(std::string_view sql, std::initializer_list<SqlValue> values) {
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      &prepared, nullptr);
  Statement statement(prepared);
  if (code != SQLITE_OK) return sqlite_error(database_.get());
  assert(sqlite3_bind_parameter_count(prepared) == static_cast<int>(values.size()));
  int index = 1;
  for (const SqlValue& value : values) {
    if (statement.bind(index++, value) != SQLITE_OK) return sqlite_error(database_.get());
  }
  return statement;
}

Result<void> Database::run(std::string_view sql, std::initializer_list<SqlValue> values) {
  OUTHAUL_TRY(statement, query(sql, values));
  while (true) {
    OUTHAUL_TRY(more, statement.step());
    if (!more) return {};
  }
}

Result<void> Database::run_script(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return sqlite_error(database_.get());
  }
  return {};
}

Result<std::string> Database::copy() {
  struct Free {
    void operator()(unsigned char* bytes) const { sqlite3_free(bytes); }
  };
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, Free> bytes(
      sqlite3_serialize(database_.get(), "main", &size, 0));
  if (!bytes) return Error{ErrorKind::limit, "no memory for a copy of the directory"};
  return std::string(reinterpret_cast<const char*>(bytes.get()), static_cast<std::size_t>(size));
}

int Database::changes() const {
  return sqlite3_changes(database_.get());
}

Result<Transaction> Transaction::begin(Database& database) {
  OUTHAUL_CHECK(database.run("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  if (database_ == nullptr) return;
  // SQLite may have rolled back by itself already (disk full); then this fails, harmlessly.
  static_cast<void>(database_->run("ROLLBACK"));
}

Result<void> Transaction::commit() {
  OUTHAUL_CHECK(database_->run("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace outhaul::edge
