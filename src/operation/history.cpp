#include "cef/operation/history.hpp"

#include <algorithm>
#include <cstdlib>

#include "cef/core/database.hpp"
#include "cef/core/near_name.hpp"
#include "cef/core/paths.hpp"

namespace cef::operation {

namespace fs = std::filesystem;
using core::ErrorCode;
using core::fail;
using core::Result;
using Time = std::chrono::system_clock::time_point;

namespace {

constexpr core::Schema k_schema{0x63656668,  // "cefh"
                                1,
                                "CREATE TABLE host (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
                                "CREATE TABLE value (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
                                "CREATE TABLE sample (host INTEGER NOT NULL REFERENCES host (id),"
                                " value INTEGER NOT NULL REFERENCES value (id), time_ms INTEGER NOT NULL,"
                                " number REAL NOT NULL, PRIMARY KEY (host, value, time_ms)) WITHOUT ROWID",
                                "a history of cef"};

std::int64_t to_ms(Time time) {
  return std::chrono::duration_cast<core::Milliseconds>(time.time_since_epoch()).count();
}

Time from_ms(std::int64_t milliseconds) {
  return Time(core::Milliseconds(milliseconds));
}

Result<core::Database> open_existing(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) {
    return fail(ErrorCode::usage, "there is no history at " + file.string() +
                                      "; 'cef monitor PATTERN --save=" + file.string() + "' begins one");
  }
  return core::Database::open(file, k_schema, core::OpenMode::existing);
}

Result<std::vector<std::string>> known_hosts(core::Database& database) {
  auto rows = database.prepare("SELECT name FROM host ORDER BY name");
  if (!rows) {
    return fail(rows.error());
  }
  std::vector<std::string> names;
  for (;;) {
    const auto row = rows->step();
    if (!row) {
      return fail(row.error());
    }
    if (!*row) {
      return names;
    }
    names.push_back(rows->text(0));
  }
}

/// Those asked for, or all.
Result<std::vector<std::string>> hosts_of(core::Database& database, const HistoryOptions& options) {
  auto known = known_hosts(database);
  if (!known || options.hosts.empty()) {
    return known;
  }
  for (const auto& name : options.hosts) {
    if (std::find(known->begin(), known->end(), name) == known->end()) {
      return fail(ErrorCode::usage,
                  database.file().string() + " has no samples of '" + name + "'" + core::did_you_mean(name, *known));
    }
  }
  return options.hosts;
}

Result<HistorySeries> read_series(core::Database& database, const std::string& host, const MonitorValue& value,
                                  Time from, Time to) {
  auto rows = database.prepare(
      "SELECT time_ms, number FROM sample WHERE host = (SELECT id FROM host WHERE name = ?1)"
      " AND value = (SELECT id FROM value WHERE name = ?2) AND time_ms BETWEEN ?3 AND ?4 ORDER BY time_ms");
  if (!rows) {
    return fail(rows.error());
  }
  rows->bind(1, std::string_view(host)).bind(2, std::string_view(value.name)).bind(3, to_ms(from)).bind(4, to_ms(to));
  HistorySeries series;
  series.host = host;
  series.value = &value;
  double sum = 0;
  for (;;) {
    const auto row = rows->step();
    if (!row) {
      return fail(row.error());
    }
    if (!*row) {
      break;
    }
    const double number = rows->real(1);
    series.min = series.points.empty() ? number : std::min(series.min, number);
    series.max = series.points.empty() ? number : std::max(series.max, number);
    sum += number;
    series.points.push_back({from_ms(rows->integer(0)), number});
  }
  series.mean = series.points.empty() ? 0 : sum / static_cast<double>(series.points.size());
  return series;
}

Result<std::int64_t> prune(core::Database& database, Time before) {
  auto transaction = core::Transaction::begin(database);
  if (!transaction) {
    return fail(transaction.error());
  }
  auto statement = database.prepare("DELETE FROM sample WHERE time_ms < ?1");
  if (!statement) {
    return fail(statement.error());
  }
  if (auto done = statement->bind(1, to_ms(before)).run(); !done) {
    return fail(done.error());
  }
  const std::int64_t deleted = database.changes();
  if (auto done = database.execute("DELETE FROM host WHERE id NOT IN (SELECT host FROM sample)"); !done) {
    return fail(done.error());
  }
  if (auto done = transaction->commit(); !done) {
    return fail(done.error());
  }
  return deleted;
}

}  // namespace

fs::path default_history_file() {
  const char* set = std::getenv("XDG_DATA_HOME");
  const fs::path base = set != nullptr && *set == '/' ? fs::path(set) : core::home_dir() / ".local" / "share";
  return base / "cef" / "history.db";
}

struct HistoryStore::Parts {
  core::Database database;
  core::Statement add_host;
  core::Statement add_value;
  core::Statement add_sample;
};

HistoryStore::HistoryStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
HistoryStore::HistoryStore(HistoryStore&&) noexcept = default;
HistoryStore::~HistoryStore() = default;

Result<HistoryStore> HistoryStore::create(const fs::path& file) {
  auto database = core::Database::open(file, k_schema, core::OpenMode::create);
  if (!database) {
    return fail(database.error());
  }
  auto add_host = database->prepare("INSERT OR IGNORE INTO host (name) VALUES (?1)");
  auto add_value = database->prepare("INSERT OR IGNORE INTO value (name) VALUES (?1)");
  auto add_sample = database->prepare(
      "INSERT OR REPLACE INTO sample (host, value, time_ms, number) VALUES"
      " ((SELECT id FROM host WHERE name = ?1), (SELECT id FROM value WHERE name = ?2), ?3, ?4)");
  for (const auto* statement : {&add_host, &add_value, &add_sample}) {
    if (!*statement) {
      return fail(statement->error());
    }
  }
  return HistoryStore(std::make_unique<Parts>(
      Parts{std::move(*database), std::move(*add_host), std::move(*add_value), std::move(*add_sample)}));
}

Result<void> HistoryStore::add(const std::vector<MonitorHost>& hosts) {
  auto transaction = core::Transaction::begin(parts_->database);
  if (!transaction) {
    return fail(transaction.error());
  }
  for (const auto& host : hosts) {
    if (host.outcome.status != fleet::Status::ok) {
      continue;
    }
    if (auto done = parts_->add_host.bind(1, std::string_view(host.outcome.host)).run(); !done) {
      return done;
    }
    for (const auto& value : monitor_values()) {
      const auto number = value.of(host.report.facts);
      if (!number) {
        continue;
      }
      if (auto done = parts_->add_value.bind(1, std::string_view(value.name)).run(); !done) {
        return done;
      }
      if (auto done = parts_->add_sample.bind(1, std::string_view(host.outcome.host))
                          .bind(2, std::string_view(value.name))
                          .bind(3, to_ms(host.report.taken))
                          .bind(4, *number)
                          .run();
          !done) {
        return done;
      }
    }
  }
  return transaction->commit();
}

Result<HistoryResult> history(const HistoryOptions& options) {
  HistoryResult result;
  result.file = options.file.empty() ? default_history_file() : options.file;
  result.to = std::chrono::system_clock::now();
  result.from = result.to - options.since;
  std::vector<const MonitorValue*> values;
  for (const auto& name :
       options.values.empty() ? std::vector<std::string>{"temperature", "cpu", "memory"} : options.values) {
    const auto value = find_monitor_value(name);
    if (!value) {
      return fail(value.error());
    }
    values.push_back(*value);
  }
  auto database = open_existing(result.file);
  if (!database) {
    return fail(database.error());
  }
  if (options.keep) {
    const auto deleted = prune(*database, result.to - *options.keep);
    if (!deleted) {
      return fail(deleted.error());
    }
    result.deleted = *deleted;
  }
  const auto hosts = hosts_of(*database, options);
  if (!hosts) {
    return fail(hosts.error());
  }
  for (const auto* value : values) {
    for (const auto& host : *hosts) {
      auto series = read_series(*database, host, *value, result.from, result.to);
      if (!series) {
        return fail(series.error());
      }
      if (!series->points.empty()) {
        result.series.push_back(std::move(*series));
      }
    }
  }
  return result;
}

}  // namespace cef::operation
