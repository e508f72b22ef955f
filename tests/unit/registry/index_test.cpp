#include <gtest/gtest.h>

#include "cef/registry/repository.hpp"

namespace cef::registry {
namespace {

core::Json entry() {
  Bundle bundle;
  bundle.info = {"yolo", "1.2", "detection", "arm64"};
  bundle.sha256 = std::string(64, 'a');
  bundle.size.count = 10240;
  bundle.unpacked.count = 5ULL << 32U;
  bundle.files = 3;
  bundle.source_sha256 = std::string(64, 'b');
  bundle.added = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'767'225'600'123));
  return to_json(bundle);
}

std::string index_of(const std::vector<core::Json>& entries) {
  core::Json json;
  json["schema"] = "cef.repository.index/1";
  json["bundles"] = entries;
  return core::dump_line(json);
}

TEST(Index, RoundTrips) {
  EXPECT_EQ(core::dump_line(entry()),
            R"({"name":"yolo","version":"1.2","task":"detection","architecture":"arm64","sha256":")" +
                std::string(64, 'a') + R"(","size_bytes":10240,"unpacked_bytes":21474836480,"files":3,)" +
                R"("source_sha256":")" + std::string(64, 'b') + R"(","added":"2026-01-01T00:00:00.123Z"})");
  const auto read = read_index(index_of({entry()}), "index.json");
  ASSERT_TRUE(read) << read.error().line();
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ(to_json(read->front()), entry());
  EXPECT_EQ(blob_path(read->front()), "blobs/sha256/" + std::string(64, 'a') + ".tar");
  EXPECT_TRUE(read_index(index_of({}), "index.json")->empty());
}

void expect_refused(const std::string& text, const std::string& message) {
  const auto read = read_index(text, "http://host/index.json");
  ASSERT_FALSE(read) << text;
  EXPECT_EQ(read.error().code, core::ErrorCode::integrity);
  EXPECT_EQ(read.error().message.find("http://host/index.json: " + message), 0U) << read.error().message;
}

TEST(Index, RefusesWhatIsNone) {
  expect_refused("", "is not JSON");
  expect_refused("<html>", "is not JSON");
  expect_refused("[]", "has not the schema");
  expect_refused(R"({"schema":"cef.repository.index/2","bundles":[]})", "has not the schema cef.repository.index/1");
  expect_refused(R"({"schema":1,"bundles":[]})", "has not the schema");
  expect_refused(R"({"schema":"cef.repository.index/1"})", "has no list 'bundles'");
  expect_refused(R"({"schema":"cef.repository.index/1","bundles":[7]})", "bundle 1 is no object");
  expect_refused(index_of({entry(), entry()}), "bundle 2: yolo@1.2 is there twice");
}

TEST(Index, RefusesEveryWrongField) {
  const auto with = [](const char* key, const core::Json& value) {
    core::Json changed = entry();
    changed[key] = value;
    return index_of({changed});
  };
  expect_refused(with("name", "../../etc"), "bundle 1: the name '../../etc'");
  expect_refused(with("name", 7), "bundle 1: 'name' is no text");
  expect_refused(with("version", "1 2"), "bundle 1: the version '1 2'");
  expect_refused(with("architecture", "mips"), "bundle 1: the architecture 'mips'");
  expect_refused(with("sha256", "../../../../etc/passwd"), "bundle 1: 'sha256' is no SHA-256");
  expect_refused(with("sha256", std::string(64, 'A')), "bundle 1: 'sha256' is no SHA-256");
  expect_refused(with("size_bytes", -1), "bundle 1: 'size_bytes' is no whole number");
  expect_refused(with("size_bytes", 1.5), "bundle 1: 'size_bytes' is no whole number");
  expect_refused(with("files", "3"), "bundle 1: 'files' is no whole number");
  expect_refused(with("added", "yesterday"), "bundle 1: 'added' is no time");
  expect_refused(with("added", "2026-02-30T00:00:00.000Z"), "bundle 1: 'added' is no time");
  const core::Json whole = entry();
  for (const auto& [key, value] : whole.items()) {
    core::Json less = entry();
    less.erase(key);
    expect_refused(index_of({less}), "bundle 1: '" + key + "'");
  }
}

}  // namespace
}  // namespace cef::registry
