#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cef/core/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace cef::core {

/// A prepared statement; must not outlive its database. Errors are general, or integrity when the file is damaged.
class Statement {
 public:
  /// Places count from 1. NaN is stored as null.
  Statement& bind(int place, std::int64_t value);
  Statement& bind(int place, double value);
  Statement& bind(int place, std::string_view value);
  Statement& bind(int place, std::optional<double> value);
  /// True: there is a row.
  [[nodiscard]] Result<bool> step();
  /// Runs a statement that gives no rows, then readies it for other values.
  [[nodiscard]] Result<void> run();
  /// Columns count from 0.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  friend class Database;
  struct Finalise {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  Statement(sqlite3_stmt* statement, std::string file) : statement_(statement), file_(std::move(file)) {}
  [[nodiscard]] Error error() const;
  std::unique_ptr<sqlite3_stmt, Finalise> statement_;
  std::string file_;
};

/// One kind of SQLite file: which program it belongs to, and how its tables came to be.
struct Schema {
  std::int32_t application_id;  ///< sets it apart from the files of other programs
  int version;
  std::string_view tables;  ///< SQL that makes them in an empty file
  std::string_view name;    ///< for messages: "a history of cef"
};

enum class OpenMode { existing, create };

/// An SQLite file. Waits up to 10 s for other writers; readers and one writer do not hinder each other (WAL).
class Database {
 public:
  /// Makes folders and the file with `create`; else a missing file is an error (usage). Refuses, with integrity, a file
  /// that is damaged, and with usage one of another program or of a newer schema.
  static Result<Database> open(const std::filesystem::path& file, const Schema& schema, OpenMode mode);
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  /// One or more statements that give no rows.
  [[nodiscard]] Result<void> execute(const std::string& sql);
  /// Rows that the last statement inserted, changed or deleted.
  [[nodiscard]] std::int64_t changes() const;
  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };
  explicit Database(std::filesystem::path file) : file_(std::move(file)) {}
  [[nodiscard]] Result<void> connect(OpenMode mode);
  [[nodiscard]] Result<std::int64_t> number(std::string_view sql);
  [[nodiscard]] Result<void> use_write_ahead_log();
  [[nodiscard]] Result<void> agree_on(const Schema& schema, OpenMode mode);
  [[nodiscard]] Error error(int code) const;
  std::unique_ptr<sqlite3, Close> database_;
  std::filesystem::path file_;
};

/// Rolls back unless committed. One at a time on a database.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  [[nodiscard]] Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace cef::core
