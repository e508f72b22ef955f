#include "cef/store/measurements.hpp"

#include <system_error>

#include "cef/core/database.hpp"
#include "cef/core/paths.hpp"

namespace cef::store {

namespace fs = std::filesystem;
using core::ErrorCode;
using core::fail;
using core::Result;
using select::Seconds;

namespace {

constexpr core::Schema k_schema{
    0x6365666D,  // "cefm"
    1,
    "CREATE TABLE observation (id INTEGER PRIMARY KEY, device TEXT NOT NULL, candidate TEXT NOT NULL,"
    " family TEXT NOT NULL, precision TEXT NOT NULL, threads INTEGER NOT NULL, predicted REAL NOT NULL,"
    " measured REAL NOT NULL, predicted_load REAL, measured_load REAL, time INTEGER NOT NULL);"
    "CREATE INDEX observation_of ON observation (device, candidate, threads, id);"
    "CREATE TABLE kept (device TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, text TEXT NOT NULL,"
    " time INTEGER NOT NULL, PRIMARY KEY (device, kind, key))",
    "measurements of cef"};

/// FILE.damaged-1, or the first such name that is free.
Result<fs::path> move_aside(const fs::path& file) {
  std::error_code error;
  for (int number = 1; number <= 100; ++number) {
    const fs::path aside = file.string() + ".damaged-" + std::to_string(number);
    if (fs::exists(aside, error)) {
      continue;
    }
    fs::rename(file, aside, error);
    if (error) {
      return fail(ErrorCode::general, file.string() + " is damaged and cannot be moved away: " + error.message());
    }
    // What belongs to the damaged one must not be taken for part of the new one.
    for (const char* part : {"-wal", "-shm"}) {
      fs::rename(file.string() + part, aside.string() + part, error);
    }
    return aside;
  }
  return fail(ErrorCode::general, file.string() + " is damaged, and so were 100 before it; see the disk, delete them");
}

/// A file whose damage SQLite would meet only later.
Result<bool> is_sound(core::Database& database) {
  auto check = database.prepare("PRAGMA quick_check(1)");
  if (!check) {
    return fail(check.error());
  }
  const auto row = check->step();
  if (!row) {
    return fail(row.error());
  }
  return *row && check->text(0) == "ok";
}

std::optional<double> seconds_of(const std::optional<Seconds>& time) {
  return time ? std::optional(time->count()) : std::nullopt;
}

}  // namespace

fs::path default_measurements_file() {
  return core::state_dir() / "measurements.db";
}

struct Measurements::Parts {
  core::Database database;
};

Measurements::Measurements(std::unique_ptr<Parts> parts, std::string note)
    : parts_(std::move(parts)), note_(std::move(note)) {}
Measurements::Measurements(Measurements&&) noexcept = default;
Measurements::~Measurements() = default;

Result<Measurements> Measurements::open_whole(const fs::path& file, std::string note) {
  auto database = core::Database::open(file, k_schema, core::OpenMode::create);
  if (!database) {
    return fail(database.error());
  }
  const auto sound = is_sound(*database);
  if (!sound || !*sound) {
    return fail(ErrorCode::integrity, file.string() + " is damaged");
  }
  return Measurements(std::make_unique<Parts>(Parts{std::move(*database)}), std::move(note));
}

Result<Measurements> Measurements::open(const fs::path& file) {
  auto opened = open_whole(file, {});
  if (opened || opened.error().code != ErrorCode::integrity) {
    return opened;
  }
  const auto aside = move_aside(file);
  if (!aside) {
    return fail(aside.error());
  }
  return open_whole(file, "the measurements in " + file.string() + " were damaged; they are now " + aside->string() +
                              ", predictions begin anew");
}

Result<void> Measurements::add(std::span<const select::Observation> observations) {
  auto transaction = core::Transaction::begin(parts_->database);
  if (!transaction) {
    return fail(transaction.error());
  }
  auto insert = parts_->database.prepare(
      "INSERT INTO observation (device, candidate, family, precision, threads, predicted, measured, predicted_load,"
      " measured_load, time) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
  auto trim = parts_->database.prepare(
      "DELETE FROM observation WHERE device = ?1 AND candidate = ?2 AND threads = ?3 AND id NOT IN"
      " (SELECT id FROM observation WHERE device = ?1 AND candidate = ?2 AND threads = ?3 ORDER BY id DESC LIMIT ?4)");
  if (!insert || !trim) {
    return fail(!insert ? insert.error() : trim.error());
  }
  for (const auto& o : observations) {
    insert->bind(1, std::string_view(o.device)).bind(2, std::string_view(o.candidate));
    insert->bind(3, std::string_view(o.family)).bind(4, std::string_view(o.precision));
    insert->bind(5, std::int64_t{o.threads}).bind(6, o.predicted.count()).bind(7, o.measured.count());
    insert->bind(8, seconds_of(o.predicted_load)).bind(9, seconds_of(o.measured_load)).bind(10, o.time);
    if (auto done = insert->run(); !done) {
      return done;
    }
    trim->bind(1, std::string_view(o.device)).bind(2, std::string_view(o.candidate)).bind(3, std::int64_t{o.threads});
    if (auto done = trim->bind(4, static_cast<std::int64_t>(k_kept_observations)).run(); !done) {
      return done;
    }
  }
  return transaction->commit();
}

Result<std::vector<select::Observation>> Measurements::of(std::string_view device) {
  auto rows = parts_->database.prepare(
      "SELECT candidate, family, precision, threads, predicted, measured, predicted_load, measured_load, time"
      " FROM observation WHERE device = ?1 ORDER BY id");
  if (!rows) {
    return fail(rows.error());
  }
  rows->bind(1, device);
  std::vector<select::Observation> observations;
  for (;;) {
    const auto row = rows->step();
    if (!row) {
      return fail(row.error());
    }
    if (!*row) {
      return observations;
    }
    select::Observation o;
    o.device = device;
    o.candidate = rows->text(0);
    o.family = rows->text(1);
    o.precision = rows->text(2);
    o.threads = static_cast<int>(rows->integer(3));
    o.predicted = Seconds(rows->real(4));
    o.measured = Seconds(rows->real(5));
    if (!rows->is_null(6) && !rows->is_null(7)) {
      o.predicted_load = Seconds(rows->real(6));
      o.measured_load = Seconds(rows->real(7));
    }
    o.time = rows->integer(8);
    observations.push_back(std::move(o));
  }
}

Result<void> Measurements::keep(std::string_view device, std::string_view kind, std::string_view key,
                                const Kept& kept) {
  auto insert = parts_->database.prepare(
      "INSERT OR REPLACE INTO kept (device, kind, key, text, time) VALUES (?1, ?2, ?3, ?4, ?5)");
  auto trim = parts_->database.prepare(
      "DELETE FROM kept WHERE rowid NOT IN (SELECT rowid FROM kept ORDER BY time DESC LIMIT ?1)");
  if (!insert || !trim) {
    return fail(!insert ? insert.error() : trim.error());
  }
  insert->bind(1, device).bind(2, kind).bind(3, key).bind(4, std::string_view(kept.text)).bind(5, kept.time);
  if (auto done = insert->run(); !done) {
    return done;
  }
  return trim->bind(1, static_cast<std::int64_t>(k_kept_profiles)).run();
}

Result<std::optional<Kept>> Measurements::kept(std::string_view device, std::string_view kind, std::string_view key) {
  auto rows = parts_->database.prepare("SELECT text, time FROM kept WHERE device = ?1 AND kind = ?2 AND key = ?3");
  if (!rows) {
    return fail(rows.error());
  }
  const auto row = rows->bind(1, device).bind(2, kind).bind(3, key).step();
  if (!row) {
    return fail(row.error());
  }
  return *row ? std::optional(Kept{rows->text(0), rows->integer(1)}) : std::nullopt;
}

}  // namespace cef::store
