#include "cef/core/database.hpp"

#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

#include <gtest/gtest.h>

namespace cef::core {
namespace {

namespace fs = std::filesystem;

constexpr Schema k_schema{0x1234, 2, "CREATE TABLE t (a INTEGER, b REAL, c TEXT)", "a test's file"};

class DatabaseFile : public testing::Test {
 protected:
  DatabaseFile() {
    char name[] = "/tmp/cef-database-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~DatabaseFile() override { fs::remove_all(folder_); }
  [[nodiscard]] fs::path file() const { return folder_ / "below" / "file.db"; }
  [[nodiscard]] Database created() const {
    auto database = Database::open(file(), k_schema, OpenMode::create);
    EXPECT_TRUE(database) << database.error().line();
    return std::move(*database);
  }
  static std::int64_t count(Database& database) {
    auto statement = database.prepare("SELECT count(*) FROM t");
    EXPECT_TRUE(statement);
    EXPECT_TRUE(statement->step().value_or(false));
    return statement->integer(0);
  }
  fs::path folder_;
};

TEST_F(DatabaseFile, KeepsWhatWasBoundAcrossOpening) {
  {
    Database database = created();
    auto insert = database.prepare("INSERT INTO t VALUES (?1, ?2, ?3)");
    ASSERT_TRUE(insert);
    EXPECT_TRUE(insert->bind(1, std::int64_t{-7}).bind(2, 0.25).bind(3, std::string_view("it's \"x\"")).run());
    EXPECT_TRUE(insert->bind(2, std::numeric_limits<double>::quiet_NaN()).run());
    EXPECT_EQ(database.changes(), 1);
  }
  auto database = Database::open(file(), k_schema, OpenMode::existing);
  ASSERT_TRUE(database) << database.error().line();
  auto rows = database->prepare("SELECT a, b, c FROM t ORDER BY a DESC");
  ASSERT_TRUE(rows);
  ASSERT_TRUE(rows->step().value());
  EXPECT_EQ(rows->integer(0), -7);
  EXPECT_EQ(rows->real(1), 0.25);
  EXPECT_EQ(rows->text(2), "it's \"x\"");
  ASSERT_TRUE(rows->step().value());
  EXPECT_TRUE(rows->is_null(0) && rows->is_null(1) && rows->is_null(2)) << "values of the row before are not kept";
  EXPECT_FALSE(rows->step().value());
}

TEST_F(DatabaseFile, ATransactionThatIsNotCommittedLeavesNothing) {
  Database database = created();
  {
    auto transaction = Transaction::begin(database);
    ASSERT_TRUE(transaction);
    EXPECT_TRUE(database.execute("INSERT INTO t VALUES (1, 1, '')"));
  }
  EXPECT_EQ(count(database), 0);
  auto transaction = Transaction::begin(database);
  ASSERT_TRUE(transaction);
  EXPECT_TRUE(database.execute("INSERT INTO t VALUES (1, 1, '')"));
  EXPECT_TRUE(transaction->commit());
  EXPECT_EQ(count(database), 1);
}

TEST_F(DatabaseFile, ManyWritersWaitForEachOther) {
  static_cast<void>(created());
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([this] {
      Database database = created();
      for (int i = 0; i < 25; ++i) {
        auto transaction = Transaction::begin(database);
        ASSERT_TRUE(transaction) << transaction.error().line();
        ASSERT_TRUE(database.execute("INSERT INTO t VALUES (1, 1, '')"));
        ASSERT_TRUE(transaction->commit());
      }
    });
  }
  for (auto& writer : writers) {
    writer.join();
  }
  Database database = created();
  EXPECT_EQ(count(database), 100);
}

TEST_F(DatabaseFile, AMissingFileIsMadeOnlyWhenToldTo) {
  const auto missing = Database::open(file(), k_schema, OpenMode::existing);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::usage);
  EXPECT_FALSE(fs::exists(file()));
}

TEST_F(DatabaseFile, ForeignNewerAndDamagedFilesAreRefused) {
  static_cast<void>(created());
  Schema other = k_schema;
  other.application_id = 0x77;
  const auto foreign = Database::open(file(), other, OpenMode::create);
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().message, file().string() + " is a database of another program, not a test's file");
  Schema older = k_schema;
  older.version = 1;
  const auto newer = Database::open(file(), older, OpenMode::existing);
  ASSERT_FALSE(newer);
  EXPECT_NE(newer.error().message.find("was made by a newer cef"), std::string::npos);

  const fs::path text = folder_ / "text";
  std::ofstream(text) << std::string(4096, 'x');
  const auto damaged = Database::open(text, k_schema, OpenMode::create);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, ErrorCode::integrity);
  EXPECT_EQ(damaged.error().message,
            text.string() + " is not an SQLite database, or is damaged; move it away or name another");
}

TEST_F(DatabaseFile, DamageInTheMiddleIsFoundInReading) {
  {
    Database database = created();
    ASSERT_TRUE(
        database.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
                         " INSERT INTO t SELECT i, i, 'some text to fill the pages' FROM n"));
    ASSERT_TRUE(database.execute("PRAGMA journal_mode = DELETE"));
  }
  {
    std::fstream bytes(file(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(5 * 4096);
    bytes << std::string(8 * 4096, '\xff');
  }
  auto database = Database::open(file(), k_schema, OpenMode::existing);
  ASSERT_TRUE(database);
  auto rows = database->prepare("SELECT a FROM t");
  ASSERT_TRUE(rows);
  Result<bool> row = true;
  while (row && *row) {
    row = rows->step();
  }
  ASSERT_FALSE(row);
  EXPECT_EQ(row.error().code, ErrorCode::integrity);
}

TEST_F(DatabaseFile, AFolderIsNoDatabase) {
  const auto folder = Database::open(folder_, k_schema, OpenMode::create);
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().message.find(folder_.string()), std::string::npos);
}

}  // namespace
}  // namespace cef::core
