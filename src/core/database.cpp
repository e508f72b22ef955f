#include "cef/core/database.hpp"

#include <chrono>
#include <cmath>
#include <thread>

#include <sqlite3.h>

namespace cef::core {

namespace fs = std::filesystem;

namespace {

constexpr int k_busy_milliseconds = 10'000;

Error sqlite_error(int code, const std::string& said, const std::string& file) {
  switch (code & 0xFF) {
    case SQLITE_NOTADB:
      return {
          ErrorCode::integrity, file + " is not an SQLite database, or is damaged; move it away or name another", {}};
    case SQLITE_CORRUPT:
      return {ErrorCode::integrity, file + " is damaged (" + said + "); move it away or name another", {}};
    case SQLITE_BUSY:
      return {ErrorCode::general, file + " is in use by another program; try again later", {}};
    case SQLITE_READONLY:
      return {ErrorCode::general, file + " cannot be written to; see its permissions and those of its folder", {}};
    case SQLITE_FULL:
      return {ErrorCode::general, file + " cannot grow: the disk is full", {}};
    default:
      return {ErrorCode::general, file + ": " + said, {}};
  }
}

}  // namespace

void Statement::Finalise::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

void Database::Close::operator()(sqlite3* database) const noexcept {
  sqlite3_close_v2(database);
}

Statement& Statement::bind(int place, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), place, value);
  return *this;
}

Statement& Statement::bind(int place, double value) {
  if (std::isnan(value)) {
    sqlite3_bind_null(statement_.get(), place);
  } else {
    sqlite3_bind_double(statement_.get(), place, value);
  }
  return *this;
}

Statement& Statement::bind(int place, std::string_view value) {
  sqlite3_bind_text64(statement_.get(), place, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind(int place, std::optional<double> value) {
  if (value) {
    return bind(place, *value);
  }
  sqlite3_bind_null(statement_.get(), place);
  return *this;
}

Error Statement::error() const {
  sqlite3* database = sqlite3_db_handle(statement_.get());
  return sqlite_error(sqlite3_extended_errcode(database), sqlite3_errmsg(database), file_);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW || code == SQLITE_DONE) {
    return code == SQLITE_ROW;
  }
  return fail(error());
}

Result<void> Statement::run() {
  const auto stepped = step();
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  return stepped ? Result<void>() : fail(stepped.error());
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? "" : std::string(bytes, bytes + size);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

Error Database::error(int code) const {
  return sqlite_error(code, sqlite3_errmsg(database_.get()), file_.string());
}

Result<void> Database::connect(OpenMode mode) {
  std::error_code failed;
  if (mode == OpenMode::create) {
    fs::create_directories(file_.parent_path(), failed);
  } else if (!fs::exists(file_, failed)) {
    return fail(ErrorCode::usage, "there is no " + file_.string());
  }
  sqlite3* database = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | (mode == OpenMode::create ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(file_.c_str(), &database, flags, nullptr);
  database_.reset(database);
  if (code != SQLITE_OK) {
    return fail(ErrorCode::usage, "cannot open " + file_.string() + " as a database; see its folder's permissions");
  }
  sqlite3_extended_result_codes(database, 1);
  sqlite3_busy_timeout(database, k_busy_milliseconds);
  // A file that was made to do harm must not call functions with side effects from its schema.
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return {};
}

Result<std::int64_t> Database::number(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) {
    return fail(statement.error());
  }
  const auto row = statement->step();
  if (!row) {
    return fail(row.error());
  }
  return *row ? statement->integer(0) : 0;
}

/// SQLite does not wait by itself while another cef makes the same change to a new file.
Result<void> Database::use_write_ahead_log() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(k_busy_milliseconds);
  for (;;) {
    auto done = execute("PRAGMA journal_mode = WAL");
    if (done || (sqlite3_errcode(database_.get()) & 0xFF) != SQLITE_BUSY ||
        std::chrono::steady_clock::now() > deadline) {
      return done;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

Result<void> Database::agree_on(const Schema& schema, OpenMode mode) {
  if (auto begun = execute("BEGIN"); !begun) {  // one view of all three
    return begun;
  }
  const auto application = number("PRAGMA application_id");
  const auto version = number("PRAGMA user_version");
  const auto tables = number("SELECT count(*) FROM sqlite_schema");
  const auto seen = execute("COMMIT");
  for (const auto* read : {&application, &version, &tables}) {
    if (!*read) {
      return fail(read->error());
    }
  }
  if (!seen) {
    return seen;
  }
  const bool empty = *tables == 0 && *application == 0;
  if (!empty && *application != schema.application_id) {
    return fail(ErrorCode::usage,
                file_.string() + " is a database of another program, not " + std::string(schema.name));
  }
  if (*version > schema.version) {
    return fail(ErrorCode::usage, file_.string() + " was made by a newer cef; update cef or name another file");
  }
  if (!empty) {
    return {};
  }
  if (mode == OpenMode::existing) {
    return fail(ErrorCode::usage, file_.string() + " is empty, not " + std::string(schema.name));
  }
  if (auto done = use_write_ahead_log(); !done) {
    return done;
  }
  auto transaction = Transaction::begin(*this);
  if (!transaction) {
    return fail(transaction.error());
  }
  const auto again = number("SELECT count(*) FROM sqlite_schema");  // another cef may have been faster
  if (!again) {
    return fail(again.error());
  }
  if (*again == 0) {
    if (auto done =
            execute(std::string(schema.tables) + "; PRAGMA application_id = " + std::to_string(schema.application_id) +
                    "; PRAGMA user_version = " + std::to_string(schema.version));
        !done) {
      return done;
    }
  }
  return transaction->commit();
}

Result<Database> Database::open(const fs::path& file, const Schema& schema, OpenMode mode) {
  Database database(file);
  if (auto connected = database.connect(mode); !connected) {
    return fail(connected.error());
  }
  if (auto agreed = database.agree_on(schema, mode); !agreed) {
    return fail(agreed.error());
  }
  if (auto set = database.execute("PRAGMA synchronous = NORMAL"); !set) {
    return fail(set.error());
  }
  return database;
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) {
    return fail(error(code));
  }
  return Statement(statement, file_.string());
}

Result<void> Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Result<void>() : fail(error(code));
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(database_.get());
}

Result<Transaction> Transaction::begin(Database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) {
    return fail(begun.error());
  }
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ != nullptr) {
    static_cast<void>(database_->execute("ROLLBACK"));
  }
}

Result<void> Transaction::commit() {
  if (auto done = database_->execute("COMMIT"); !done) {
    return done;
  }
  database_ = nullptr;
  return {};
}

}  // namespace cef::core
