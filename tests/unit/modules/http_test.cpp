// uri and get_url against a server on loopback, by curl and by wget.
#include "../../../src/modules/http.hpp"

#include <mutex>
#include <thread>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "case_host.hpp"

namespace cef::modules {
namespace {

using core::Json;

/// Answers each request by its path, and keeps it.
class Server {
 public:
  Server() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_, 8), 0);
    socklen_t size = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~Server() {
    thread_.request_stop();
    thread_.join();
    ::close(socket_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  std::string last() {
    const std::lock_guard lock(mutex_);
    return request_;
  }
  std::string url;

 private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd poll{socket_, POLLIN, 0};
      if (::poll(&poll, 1, 50) == 1) {
        answer(::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC));
      }
    }
  }
  void answer(int connection) {
    const timeval limit{5, 0};
    ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::string request;
    std::string piece(4096, '\0');
    for (;;) {
      const std::size_t end = request.find("\r\n\r\n");
      const std::size_t length = request.find("Content-Length: ");
      const std::size_t body = length == std::string::npos ? 0 : std::stoul(request.substr(length + 16));
      if (end != std::string::npos && request.size() >= end + 4 + body) {
        break;
      }
      const ssize_t got = ::recv(connection, piece.data(), piece.size(), 0);
      if (got <= 0) {
        break;
      }
      request.append(piece, 0, static_cast<std::size_t>(got));
    }
    {
      const std::lock_guard lock(mutex_);
      request_ = request;
    }
    const std::string path = request.substr(0, request.find(" HTTP"));
    std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Kind: a\r\nSet-Cookie: c=1; Path=/\r\n";
    std::string text = "{\"a\": [1, 2]}";
    if (path.ends_with("/none")) {
      head = "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n";
      text = "<p>";
    } else if (path.ends_with("/away")) {
      head = "HTTP/1.1 302 Found\r\nLocation: " + url + "/there.txt\r\n";
      text = "";
    }
    text = head + "Content-Length: " + std::to_string(text.size()) + "\r\nConnection: close\r\n\r\n" + text;
    ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    ::close(connection);
  }

  int socket_;
  std::mutex mutex_;
  std::string request_;
  std::jthread thread_;
};

class Http : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (host.shell(std::string("command -v ") + GetParam() + " || :").empty()) {
      GTEST_SKIP() << "there is no " << GetParam();
    }
  }
  /// A PATH without the other program.
  std::map<std::string, std::string> only() {
    host.fresh("");
    host.shell("mkdir " + host.folder() +
               "/bin; for f in sh mktemp dd cat stat date tr awk sed grep rm mv cp chmod chown "
               "sha1sum md5sum head tail readlink id cut mkdir env wc cmp getent " +
               GetParam() + "; do ln -s \"$(command -v $f)\" " + host.folder() + "/bin/; done");
    return {{"PATH", host.folder() + "/bin"}};
  }
  CaseHost host;
  Server server;
};

TEST_P(Http, Asks) {
  const auto path = only();
  Json result = host.run("uri", {{"url", server.url + "/x"}, {"return_content", true}}, false, false, path);
  EXPECT_EQ(result["status"], 200) << result.dump();
  EXPECT_EQ(result["json"], Json::parse(R"({"a": [1, 2]})"));
  EXPECT_EQ(result["content"], "{\"a\": [1, 2]}");
  EXPECT_EQ(result["x_kind"], "a");
  EXPECT_EQ(result["cookies"], Json({{"c", "1"}}));
  EXPECT_EQ(result["msg"], "OK (13 bytes)");
  EXPECT_EQ(result["redirected"], false);
  result = host.run("uri", {{"url", server.url + "/none"}}, false, false, path);
  EXPECT_EQ(result["msg"], "Status code was 404 and not [200]: HTTP Error 404: Not Found");
  EXPECT_FALSE(
      host.run("uri", {{"url", server.url + "/none"}, {"status_code", 404}}, false, false, path).contains("failed"));
}

TEST_P(Http, SendsSecretsAndBodies) {
  const auto path = only();
  const Json result = host.run("uri",
                               {{"url", server.url + "/x"},
                                {"method", "POST"},
                                {"body", {{"k", "a b&c"}}},
                                {"body_format", "form-urlencoded"},
                                {"url_username", "me"},
                                {"url_password", "s\"ecret"},
                                {"force_basic_auth", true},
                                {"headers", {{"X-One", "two"}}}},
                               false, false, path);
  EXPECT_EQ(result["status"], 200) << result.dump();
  const std::string request = server.last();
  EXPECT_NE(request.find("Authorization: Basic bWU6cyJlY3JldA=="), std::string::npos) << request;
  EXPECT_NE(request.find("X-One: two"), std::string::npos);
  EXPECT_NE(request.find("Content-Type: application/x-www-form-urlencoded"), std::string::npos);
  EXPECT_TRUE(request.ends_with("k=a+b%26c")) << request;
}

TEST_P(Http, FetchesAndFollows) {
  const auto path = only();
  const Json args = {{"url", server.url + "/away"}, {"dest", host.folder()}, {"mode", "0600"}};
  const Json result = host.run("get_url", args, false, false, path);
  EXPECT_EQ(result["changed"], true) << result.dump();
  EXPECT_EQ(result["dest"], host.folder() + "/there.txt");
  EXPECT_EQ(result["mode"], "0600");
  const Json none =
      host.run("get_url", {{"url", server.url + "/none"}, {"dest", host.folder() + "/f"}}, false, false, path);
  EXPECT_EQ(none["msg"], "Request failed");
  EXPECT_EQ(none["status_code"], 404);
}

INSTANTIATE_TEST_SUITE_P(By, Http, ::testing::Values("curl", "wget"),
                         [](const auto& one) { return std::string(one.param); });

TEST(HttpNames, OfAddressesAndHeaders) {
  EXPECT_EQ(url_file_name("http://h/a/b.tar?x=1#y"), "b.tar");
  EXPECT_EQ(url_file_name("http://h"), "");
  EXPECT_EQ(url_file_name("http://h/a/"), "");
  EXPECT_EQ(disposition_name("attachment; filename=\"../x y.txt\""), "x y.txt");
  EXPECT_EQ(disposition_name("inline"), "");
}

}  // namespace
}  // namespace cef::modules
