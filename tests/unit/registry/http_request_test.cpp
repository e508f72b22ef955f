#include "registry/http_request.hpp"

#include <gtest/gtest.h>

namespace cef::registry {
namespace {

TEST(ParseRequest, ReadsWhatClientsWrite) {
  const auto request = parse_request(
      "GET /index.json?x=1 HTTP/1.1\r\nHost: a:80\r\nRANGE:  bytes=1-2 \r\nIf-Range: \"x\"\r\nEmpty:\r\n\r\n");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, "GET");
  EXPECT_EQ(request->path, "/index.json");
  EXPECT_TRUE(request->keep_alive);
  EXPECT_FALSE(request->has_body);
  EXPECT_EQ(*request->header("range"), "bytes=1-2");
  EXPECT_EQ(*request->header("empty"), "");
  EXPECT_EQ(request->header("cookie"), nullptr);
  EXPECT_EQ(parse_request("GET http://host:80/a/b HTTP/1.1\r\n\r\n")->path, "/a/b");
  EXPECT_EQ(parse_request("GET http://host HTTP/1.1\r\n\r\n")->path, "/");
  EXPECT_FALSE(parse_request("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n")->keep_alive);
  EXPECT_FALSE(parse_request("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  EXPECT_TRUE(parse_request("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")->keep_alive);
  EXPECT_TRUE(parse_request("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n")->has_body);
  EXPECT_TRUE(parse_request("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")->has_body);
}

TEST(ParseRequest, RefusesWhatIsNoRequest) {
  for (const char* head :
       {"", "\r\n\r\n", "GET\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/2\r\n\r\n", " / HTTP/1.1\r\n\r\n",
        "GET a HTTP/1.1\r\n\r\n", "GET /a b HTTP/1.1\r\n\r\n", "get / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\nna me: x\r\n\r\n", "GET / HTTP/1.1\r\n: x\r\n\r\n",
        "GET / HTTP/1.1\r\n folded: x\r\n\r\n", "GET /\x1b[2J HTTP/1.1\r\n\r\n", "GET /\xc3\xa4 HTTP/1.1\r\n\r\n",
        "SSH-2.0-x\r\n\r\n"}) {
    EXPECT_FALSE(parse_request(head)) << head;
  }
}

struct RangeCase {
  const char* range;
  RangeKind kind;
  std::uint64_t first;
  std::uint64_t count;
};

TEST(RangeOf, FollowsTheStandard) {
  const RangeCase cases[] = {{"bytes=0-", RangeKind::part, 0, 10},
                             {"bytes=3-5", RangeKind::part, 3, 3},
                             {"Bytes= 3 - 5 ", RangeKind::part, 3, 3},
                             {"bytes=9-9", RangeKind::part, 9, 1},
                             {"bytes=5-100", RangeKind::part, 5, 5},
                             {"bytes=5-99999999999999999999999", RangeKind::part, 5, 5},
                             {"bytes=-3", RangeKind::part, 7, 3},
                             {"bytes=-30", RangeKind::part, 0, 10},
                             {"bytes=10-", RangeKind::unsatisfiable, 0, 0},
                             {"bytes=99999999999999999999999-", RangeKind::unsatisfiable, 0, 0},
                             {"bytes=-0", RangeKind::unsatisfiable, 0, 0},
                             {"bytes=5-3", RangeKind::whole, 0, 10},
                             {"bytes=-", RangeKind::whole, 0, 10},
                             {"bytes=", RangeKind::whole, 0, 10},
                             {"bytes=a-b", RangeKind::whole, 0, 10},
                             {"bytes=1-2,4-5", RangeKind::whole, 0, 10},
                             {"bytes=--3", RangeKind::whole, 0, 10},
                             {"lines=1-2", RangeKind::whole, 0, 10},
                             {"", RangeKind::whole, 0, 10}};
  for (const RangeCase& each : cases) {
    HttpRequest request;
    request.method = "GET";
    request.headers = {{"range", each.range}};
    const auto [kind, range] = range_of(request, 10, "\"tag\"");
    EXPECT_EQ(kind, each.kind) << each.range;
    EXPECT_EQ(range.first, each.first) << each.range;
    EXPECT_EQ(range.count, each.count) << each.range;
    request.headers.emplace_back("if-range", "\"other\"");
    EXPECT_EQ(range_of(request, 10, "\"tag\"").first, RangeKind::whole) << each.range;
    request.headers.back().second = "\"tag\"";
    EXPECT_EQ(range_of(request, 10, "\"tag\"").first, each.kind) << each.range;
    request.method = "HEAD";
    EXPECT_EQ(range_of(request, 10, "\"tag\"").first, RangeKind::whole) << each.range;
  }
  HttpRequest request;
  request.method = "GET";
  request.headers = {{"range", "bytes=0-"}};
  EXPECT_EQ(range_of(request, 0, "").first, RangeKind::unsatisfiable);
}

TEST(HasAlready, ReadsListsOfTags) {
  HttpRequest request;
  EXPECT_FALSE(has_already(request, "\"a\""));
  for (const auto& [value, expected] : std::vector<std::pair<const char*, bool>>{{"\"a\"", true},
                                                                                 {"\"b\", W/\"a\"", true},
                                                                                 {"*", true},
                                                                                 {"\"b\"", false},
                                                                                 {"a", false},
                                                                                 {",,", false},
                                                                                 {"", false}}) {
    request.headers = {{"if-none-match", value}};
    EXPECT_EQ(has_already(request, "\"a\""), expected) << value;
  }
}

}  // namespace
}  // namespace cef::registry
