#include "cef/registry/download.hpp"

#include <cstdlib>
#include <fstream>
#include <optional>

#include <gtest/gtest.h>

#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "http_server.hpp"

namespace cef::registry {
namespace {

namespace fs = std::filesystem;
using core::ErrorCode;
using test::HttpServer;
using test::Request;

std::string make_body(std::size_t size) {
  std::string body(size, '\0');
  unsigned state = 1;
  for (char& c : body) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24U);
  }
  return body;
}

class Download : public testing::Test {
 protected:
  Download() {
    ::unsetenv("http_proxy");
    char name[] = "/tmp/cef-download-XXXXXX";
    folder_ = ::mkdtemp(name);
    target_ = folder_ / "sub" / "weights.bin";
    part_ = folder_ / "sub" / "weights.bin.part";
    fs::create_directories(folder_ / "sub");
  }
  ~Download() override { fs::remove_all(folder_); }

  core::Result<DownloadResult> fetch(const std::string& url, const std::string& digest) {
    DownloadOptions options;
    options.url = url;
    options.target = target_;
    options.sha256 = digest;
    options.max_size = limit_;
    options.stall_timeout = std::chrono::seconds(1);
    options.connect_timeout = std::chrono::milliseconds(2000);
    return download(
        options, [this](const DownloadProgress& p) { last_ = p; }, stop_);
  }
  static void write(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }
  static std::string read(const fs::path& path) {
    const auto text = core::read_file(path, core::operator""_MiB(64));
    return text ? *text : "unreadable";
  }
  void expect_nothing_left() const {
    EXPECT_FALSE(fs::exists(target_));
    EXPECT_TRUE(fs::is_empty(target_.parent_path()));
  }

  fs::path folder_;
  fs::path target_;
  fs::path part_;
  core::Bytes limit_ = core::operator""_MiB(16);
  core::StopToken stop_;
  DownloadProgress last_;
  const std::string body_ = make_body(300'000);
  const std::string digest_ = core::sha256(body_);
};

TEST_F(Download, WritesTheFileAndSaysItsDigest) {
  HttpServer server([&](const Request& r) { return test::serve_file(r, body_, "\"v1\"", true); });
  const auto result = fetch(server.url("/weights"), digest_);
  ASSERT_TRUE(result) << result.error().line();
  EXPECT_EQ(result->bytes, body_.size());
  EXPECT_EQ(result->resumed_from, 0U);
  EXPECT_EQ(result->sha256, digest_);
  EXPECT_EQ(read(target_), body_);
  EXPECT_EQ(last_.bytes_done, body_.size());
  EXPECT_EQ(last_.bytes_total, body_.size());
  EXPECT_FALSE(fs::exists(part_));
  EXPECT_FALSE(fs::exists(part_.string() + ".etag"));
}

TEST_F(Download, ABeginningOfTheDigestIsEnoughWhereOnlyThatIsPublished) {
  HttpServer server([&](const Request& r) { return test::serve_file(r, body_, "", true); });
  EXPECT_TRUE(fetch(server.url("/"), digest_.substr(0, 8)));
}

TEST_F(Download, ResumesAConnectionThatBrokeWithoutReadingTwice) {
  int calls = 0;
  HttpServer server([&](const Request& r) {
    const std::string whole = test::serve_file(r, body_, "\"v1\"", true);
    return ++calls == 1 ? whole.substr(0, whole.size() - 100'000) : whole;
  });
  const auto result = fetch(server.url("/weights"), digest_);
  ASSERT_TRUE(result) << result.error().line();
  EXPECT_EQ(read(target_), body_);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[1].headers.at("range"), "bytes=200000-");
  EXPECT_EQ(requests[1].headers.at("if-range"), "\"v1\"");
}

TEST_F(Download, GoesOnWithWhatAnEarlierRunLeft) {
  write(part_, body_.substr(0, 123'456));
  write(part_.string() + ".etag", "\"v1\"");
  HttpServer server([&](const Request& r) { return test::serve_file(r, body_, "\"v1\"", true); });
  const auto result = fetch(server.url("/weights"), digest_);
  ASSERT_TRUE(result) << result.error().line();
  EXPECT_EQ(result->resumed_from, 123'456U);
  EXPECT_EQ(read(target_), body_);
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(server.requests()[0].headers.at("range"), "bytes=123456-");
}

TEST_F(Download, StartsAgainWhenTheFileChangedOnTheServer) {
  write(part_, make_body(1000).replace(0, 3, "old"));
  write(part_.string() + ".etag", "\"old\"");
  HttpServer server([&](const Request& r) { return test::serve_file(r, body_, "\"new\"", true); });
  ASSERT_TRUE(fetch(server.url("/weights"), digest_));
  EXPECT_EQ(read(target_), body_);
}

TEST_F(Download, StartsAgainWhenTheRestBelongsToAnotherFile) {
  write(part_, std::string(1000, 'x'));  // no validator: only the digest can tell
  HttpServer server([&](const Request& r) { return test::serve_file(r, body_, "", true); });
  const auto result = fetch(server.url("/weights"), digest_);
  ASSERT_TRUE(result) << result.error().line();
  EXPECT_EQ(result->resumed_from, 0U);
  EXPECT_EQ(read(target_), body_);
}

TEST_F(Download, AServerThatIgnoresRangesIsReadFromTheStart) {
  write(part_, std::string(350'000, 'x'));  // longer than the file: the rest must go
  HttpServer server([&](const Request& r) { return test::serve_file(r, body_, "", false); });
  ASSERT_TRUE(fetch(server.url("/weights"), digest_));
  EXPECT_EQ(read(target_), body_);
}

TEST_F(Download, AWholeFileThatWasLeftIsOnlyVerified) {
  write(part_, body_);
  HttpServer server([&](const Request& r) { return test::serve_file(r, body_, "", true); });
  const auto result = fetch(server.url("/weights"), digest_);
  ASSERT_TRUE(result) << result.error().line();
  EXPECT_EQ(read(target_), body_);
}

TEST_F(Download, AWrongDigestLeavesNothing) {
  HttpServer server([&](const Request& r) { return test::serve_file(r, body_, "\"v\"", true); });
  const auto result = fetch(server.url("/weights"), std::string(64, '0'));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::integrity);
  EXPECT_NE(result.error().message.find(digest_), std::string::npos);
  expect_nothing_left();
}

TEST_F(Download, ATruncatedBodyIsAnErrorAndWhatCameStays) {
  HttpServer server([&](const Request& r) {
    const std::string whole = test::serve_file(r, body_, "\"v1\"", false);
    return whole.substr(0, whole.size() - 299'000);
  });
  const auto result = fetch(server.url("/weights"), digest_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::unreachable);
  EXPECT_FALSE(fs::exists(target_));
  EXPECT_EQ(fs::file_size(part_), 1000U);
}

TEST_F(Download, NotFoundSaysSoAndLeavesNothing) {
  HttpServer server([](const Request&) { return test::answer_with("404 Not Found", "", "no such page"); });
  const auto result = fetch(server.url("/weights"), digest_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::unreachable);
  EXPECT_NE(result.error().message.find("HTTP 404 (not found)"), std::string::npos) << result.error().message;
  EXPECT_EQ(server.requests().size(), 1U);
  expect_nothing_left();
}

TEST_F(Download, FollowsARedirectButNotALoop) {
  HttpServer good([&](const Request& r) {
    return r.path == "/a" ? test::answer_with("302 Found", "Location: /b\r\nETag: \"of the redirect\"\r\n", "moved")
                          : test::serve_file(r, body_, "", true);
  });
  ASSERT_TRUE(fetch(good.url("/a"), digest_));
  EXPECT_EQ(read(target_), body_);
  fs::remove(target_);

  HttpServer loop([](const Request&) { return test::answer_with("302 Found", "Location: /again\r\n", ""); });
  const auto result = fetch(loop.url("/a"), digest_);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("redirects more than 5 times"), std::string::npos) << result.error().message;
  EXPECT_EQ(loop.requests().size(), 6U);
  expect_nothing_left();
}

TEST_F(Download, ARedirectToAnotherProtocolIsRefused) {
  write(folder_ / "secret", "x");
  HttpServer server([&](const Request&) {
    return test::answer_with("302 Found", "Location: file://" + (folder_ / "secret").string() + "\r\n", "");
  });
  const auto result = fetch(server.url("/"), "");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::integrity);
  expect_nothing_left();
}

TEST_F(Download, AFileBeyondTheLimitIsRefusedAtItsHead) {
  limit_ = core::Bytes{100'000};
  HttpServer server([&](const Request& r) { return test::serve_file(r, body_, "", true); });
  const auto result = fetch(server.url("/weights"), digest_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::integrity);
  EXPECT_NE(result.error().message.find("larger than the limit"), std::string::npos);
  expect_nothing_left();
}

TEST_F(Download, AnotherPartThanAskedForIsRefused) {
  write(part_, body_.substr(0, 1000));
  HttpServer server([&](const Request&) {
    return test::answer_with("206 Partial Content", "Content-Range: bytes 0-299999/300000\r\n", body_);
  });
  const auto result = fetch(server.url("/weights"), digest_);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("another part"), std::string::npos) << result.error().message;
}

TEST_F(Download, NobodyThereIsUnreachable) {
  std::string url;
  {
    url = HttpServer([](const Request&) { return std::string(); }).url("/x");
  }
  const auto result = fetch(url, digest_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::unreachable);
  expect_nothing_left();
}

TEST_F(Download, StopsWhenAskedTo) {
  HttpServer server([&](const Request& r) { return test::serve_file(r, body_, "", true); });
  stop_.request();
  const auto result = fetch(server.url("/weights"), digest_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::interrupted);
  EXPECT_FALSE(fs::exists(target_));
}

TEST_F(Download, WrongUrlsAreRefusedAndCredentialsAreNotRepeated) {
  for (const char* url : {"", "weights", "ftp://h/x", "file:///etc/passwd", "http://", "http://h/a b"}) {
    const auto result = fetch(url, "");
    ASSERT_FALSE(result) << url;
    EXPECT_EQ(result.error().code, ErrorCode::usage) << url;
  }
  const auto result = fetch("https://me:geheim@h/x", "");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message.find("geheim"), std::string::npos);
}

}  // namespace
}  // namespace cef::registry
