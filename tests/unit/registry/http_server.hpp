#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

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
std::string serve_file(const Request& request, const std::string& body, const std::string& etag, bool ranges);
/// Status line, Content-Length, `headers` (each ending with CRLF), body.
std::string answer_with(const std::string& status, const std::string& headers, const std::string& body);

}  // namespace cef::registry::test
