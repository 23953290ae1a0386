#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/bytes.h"
#include "common/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace outhaul::edge {

/// SQLite behind RAII and Result. Not thread-safe: a Database and everything made from it is used
/// by one thread at a time.
///
///   OUTHAUL_TRY(rows, database.query("SELECT name FROM tunnels WHERE id = ?", {id}));
///   OUTHAUL_TRY(found, rows.step());
///   if (found) use(rows.text(0));
///
/// Values only ever travel as bound parameters, never as part of the SQL.
using SqlValue = std::variant<std::nullptr_t, std::int64_t, std::string_view, Bytes>;

/// One running statement with its parameters bound (and copied). Must not outlive its Database.
class Statement {
 public:
  /// Advances to the next row. False: there are no more, and the statement's work is complete.
  Result<bool> step();

  /// Columns of the current row, counted from 0. The views are valid until the next step().
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;
  Bytes blob(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  int bind(int index, const SqlValue& value);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  /// Opens (or creates, mode 0600) the file. Nothing is read yet: a file that is no database shows
  /// itself at the first statement.
  static Result<Database> open(const std::string& path);

  /// Prepares one statement and binds its parameters in order.
  Result<Statement> query(std::string_view sql, std::initializer_list<SqlValue> values = {});

  /// Runs one statement to its end.
  Result<void> run(std::string_view sql, std::initializer_list<SqlValue> values = {});

  /// Runs a fixed script of several statements; schema and pragmas only.
  Result<void> run_script(const char* sql);

  /// The whole file as it is in this very moment, what is only in the write-ahead log included.
  Result<std::string> copy();

  /// Rows changed by the last INSERT, UPDATE or DELETE.
  int changes() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };

  explicit Database(sqlite3* database) : database_(database) {}

  std::unique_ptr<sqlite3, Close> database_;
};

/// A write transaction, begun at once (BEGIN IMMEDIATE) so that checks and changes in it are one
/// step. Destruction without commit() rolls back.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);

  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}

  Database* database_;  // null once committed or moved from
};

}  // namespace outhaul::edge
