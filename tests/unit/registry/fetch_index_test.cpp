#include "cef/registry/fetch_index.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

#include "http_server.hpp"

namespace cef::registry {
namespace {

using core::ErrorCode;
using test::answer_with;
using test::HttpServer;
using test::Request;

class FetchIndex : public testing::Test {
 protected:
  FetchIndex() { ::unsetenv("http_proxy"); }
  static void expect_fault(const std::string& url, ErrorCode code, const std::string& part) {
    const auto bundles = fetch_index(url, std::chrono::milliseconds(1500));
    ASSERT_FALSE(bundles);
    EXPECT_EQ(bundles.error().code, code) << bundles.error().line();
    EXPECT_NE(bundles.error().message.find(part), std::string::npos) << bundles.error().message;
  }
};

TEST_F(FetchIndex, ReadsFromAnyServer) {
  HttpServer server([](const Request& request) {
    return request.path == "/models/index.json"
               ? answer_with("200 OK", "", R"({"schema":"cef.repository.index/1","bundles":[]})")
               : answer_with("301 Moved", "Location: /models/index.json\r\n", "");
  });
  for (const char* path : {"/models", "/models/", "/models/index.json", "/elsewhere"}) {
    const auto bundles = fetch_index(server.url(path), std::chrono::seconds(5));
    ASSERT_TRUE(bundles) << bundles.error().line();
    EXPECT_TRUE(bundles->empty());
  }
}

TEST_F(FetchIndex, SaysWhatIsWrong) {
  HttpServer server([](const Request& request) {
    if (request.path == "/large/index.json") {
      return answer_with("200 OK", "", std::string((16U << 20U) + 1, ' '));
    }
    if (request.path == "/short/index.json") {
      return std::string("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{");
    }
    if (request.path == "/file/index.json") {
      return answer_with("302 Found", "Location: file:///etc/passwd\r\n", "");
    }
    return answer_with(request.path == "/page/index.json" ? "200 OK" : "500 Broken", "", "<html>");
  });
  expect_fault(server.url("/large"), ErrorCode::integrity, "is larger than 16 MiB");
  expect_fault(server.url("/short"), ErrorCode::unreachable, "/short/index.json: ");
  expect_fault(server.url("/file"), ErrorCode::integrity, "redirects away from http and https");
  expect_fault(server.url("/page"), ErrorCode::integrity, "is not JSON");
  expect_fault(server.url("/other"), ErrorCode::unreachable, "the server answered HTTP 500");
  expect_fault("ftp://host/", ErrorCode::usage, "is no http:// or https:// URL");
  expect_fault("http://", ErrorCode::usage, "is no http:// or https:// URL");
  expect_fault("http://a b/", ErrorCode::usage, "is no http:// or https:// URL");
  expect_fault("http://user:word@host/", ErrorCode::usage, "holds a user name or password");
  expect_fault("http://127.0.0.1:1/", ErrorCode::unreachable, "; see that a repository is served there");
}

TEST_F(FetchIndex, ASilentServerIsLeftAfterTheDeadline) {
  HttpServer server([](const Request&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(800));
    return std::string();
  });
  const auto bundles = fetch_index(server.url(""), std::chrono::milliseconds(200));
  ASSERT_FALSE(bundles);
  EXPECT_EQ(bundles.error().code, ErrorCode::timeout) << bundles.error().line();
}

}  // namespace
}  // namespace cef::registry
