#pragma once

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cef::registry::test {

struct Request {
  std::string path;
  std::map<std::string, std::string> headers;  ///< names in lower case
};

/// An HTTP/1.1 server on 127.0.0.1 that answers with the very bytes a test wants, one connection at a time.
class HttpServer {
 public:
  /// Gives the whole answer, status line and all; the connection is closed after it.
  using Handler = std::function<std::string(const Request&)>;

  explicit HttpServer(Handler handler);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  [[nodiscard]] std::string url(const std::string& path) const;
  [[nodiscard]] std::vector<Request> requests() const;

 private:
  void serve();
  void answer(int connection);

  Handler handler_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::thread thread_;
};

/// Answers as a plain file server does: 200, or 206 for a range when `ranges`, with an ETag when it is not empty.
inline std::string serve_file(const Request& request, const std::string& body, const std::string& etag, bool ranges);
/// Status line, Content-Length, `headers` (each ending with CRLF), body.
inline std::string answer_with(const std::string& status, const std::string& headers, const std::string& body);

inline Request parse_request(const std::string& head) {
  Request request;
  std::istringstream lines(head);
  std::string line;
  std::getline(lines, line);
  std::istringstream(line.substr(line.find(' ') + 1)) >> request.path;
  while (std::getline(lines, line) && line.size() > 1) {
    std::string name = line.substr(0, line.find(':'));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    request.headers[name] = line.substr(line.find(": ") + 2, line.size() - line.find(": ") - 3);
  }
  return request;
}

inline HttpServer::HttpServer(Handler handler) : handler_(std::move(handler)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::listen(listener_, 16) != 0 || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error("no loopback server");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

inline HttpServer::~HttpServer() {
  stop_ = true;
  thread_.join();
  ::close(listener_);
}

inline std::string HttpServer::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

inline std::vector<Request> HttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

inline void HttpServer::serve() {
  while (!stop_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, 20) > 0) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection >= 0) {
        answer(connection);
        ::close(connection);
      }
    }
  }
}

inline void HttpServer::answer(int connection) {
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    pollfd waiting{connection, POLLIN, 0};
    char buffer[4096];
    const ssize_t count = ::poll(&waiting, 1, 2000) > 0 ? ::recv(connection, buffer, sizeof buffer, 0) : 0;
    if (count <= 0) {
      return;
    }
    head.append(buffer, static_cast<std::size_t>(count));
  }
  const Request request = parse_request(head);
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  const std::string reply = handler_(request);
  for (std::size_t sent = 0; sent < reply.size();) {
    const ssize_t count = ::send(connection, reply.data() + sent, reply.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) {
      return;
    }
    sent += static_cast<std::size_t>(count);
  }
}

inline std::string answer_with(const std::string& status, const std::string& headers, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n" +
         headers + "\r\n" + body;
}

inline std::string serve_file(const Request& request, const std::string& body, const std::string& etag, bool ranges) {
  const std::string tag = etag.empty() ? "" : "ETag: " + etag + "\r\n";
  const auto range = request.headers.find("range");
  const auto condition = request.headers.find("if-range");
  if (!ranges || range == request.headers.end() || (condition != request.headers.end() && condition->second != etag)) {
    return answer_with("200 OK", tag, body);
  }
  const std::size_t from = std::stoul(range->second.substr(6));
  const std::string total = std::to_string(body.size());
  if (from >= body.size()) {
    return answer_with("416 Range Not Satisfiable", "Content-Range: bytes */" + total + "\r\n", "");
  }
  return answer_with("206 Partial Content",
                     tag + "Content-Range: bytes " + std::to_string(from) + "-" + std::to_string(body.size() - 1) +
                         "/" + total + "\r\n",
                     body.substr(from));
}

}  // namespace cef::registry::test
