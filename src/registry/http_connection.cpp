#include "http_connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

namespace cef::registry {

namespace {

constexpr std::size_t k_largest_head = 16U << 10U;
constexpr int k_most_requests = 1000;  ///< of one connection
constexpr std::chrono::seconds k_head_deadline{10};
constexpr std::chrono::milliseconds k_stall{30'000};  ///< a client that takes nothing for so long is gone
constexpr std::uint64_t k_piece = 1U << 20U;

const char* reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 206:
      return "Partial Content";
    case 304:
      return "Not Modified";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 416:
      return "Range Not Satisfiable";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return "Bad Request";
  }
}

}  // namespace

HttpConnection::Head HttpConnection::read_head(std::string& head) {
  const auto deadline = std::chrono::steady_clock::now() + k_head_deadline;
  while (true) {
    const std::size_t end = received_.find("\r\n\r\n");
    if (end != std::string::npos && end + 4 <= k_largest_head) {
      head = received_.substr(0, end + 4);
      received_.erase(0, end + 4);
      return Head::whole;
    }
    if (received_.size() >= k_largest_head) {
      return Head::too_large;
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waiting{socket_, POLLIN, 0};
    const int ready = left.count() <= 0 ? 0 : ::poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready == 0) {
      return received_.empty() ? Head::none : Head::too_slow;
    }
    std::array<char, 4096> piece{};
    const ssize_t count = ::recv(socket_, piece.data(), piece.size(), 0);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
      return Head::none;
    }
    received_.append(piece.data(), static_cast<std::size_t>(std::max<ssize_t>(0, count)));
  }
}

void HttpConnection::run() {
  for (int i = 0; i < k_most_requests; ++i) {
    std::string head;
    switch (read_head(head)) {
      case Head::whole:
        if (!answer(head)) {
          return linger();
        }
        break;
      case Head::none:
        return;
      case Head::too_large:
        answer_error({}, 431);
        return linger();
      case Head::too_slow:
        answer_error({}, 408);
        return linger();
    }
  }
}

/// To close a socket that holds unread data resets it, and the answer may be lost on its way: reads a little more.
void HttpConnection::linger() {
  ::shutdown(socket_, SHUT_WR);
  std::array<char, 4096> piece{};
  for (int i = 0; i < 64; ++i) {
    pollfd waiting{socket_, POLLIN, 0};
    if (::poll(&waiting, 1, 500) <= 0 || ::recv(socket_, piece.data(), piece.size(), 0) <= 0) {
      return;
    }
  }
}

/// Whether the connection can go on.
bool HttpConnection::answer(const std::string& head) {
  const auto request = parse_request(head);
  if (!request) {
    return answer_error({}, 400);
  }
  if (request->method != "GET" && request->method != "HEAD") {
    return answer_error(*request, 405, "Allow: GET, HEAD\r\n");
  }
  if (request->has_body) {
    return answer_error(*request, 400);
  }
  const auto file = ServedFile::open(repository_, request->path);
  return file ? answer_file(*request, *file) : answer_error(*request, 404);
}

bool HttpConnection::answer_file(const HttpRequest& request, const ServedFile& file) {
  const std::string common =
      "ETag: " + file.etag() + "\r\nAccept-Ranges: bytes\r\nCache-Control: " + file.caching() + "\r\n";
  if (has_already(request, file.etag())) {
    return send_answer(request, 304, common, 0, "", nullptr, 0);
  }
  const auto [kind, range] = range_of(request, file.size(), file.etag());
  const std::string total = "/" + std::to_string(file.size()) + "\r\n";
  if (kind == RangeKind::unsatisfiable) {
    return answer_error(request, 416, common + "Content-Range: bytes *" + total);
  }
  std::string headers = common + "Content-Type: " + file.type() + "\r\n";
  if (kind == RangeKind::part) {
    headers += "Content-Range: bytes " + std::to_string(range.first) + "-" +
               std::to_string(range.first + range.count - 1) + total;
  }
  return send_answer(request, kind == RangeKind::part ? 206 : 200, headers, range.count, "", &file, range.first);
}

bool HttpConnection::answer_error(const HttpRequest& request, int status, const std::string& headers) {
  const std::string body = std::to_string(status) + " " + reason_of(status) + "\n";
  return send_answer(request, status, headers + "Content-Type: text/plain\r\n", body.size(), body, nullptr, 0);
}

bool HttpConnection::send_answer(const HttpRequest& request, int status, const std::string& headers,
                                 std::uint64_t length, std::string_view body, const ServedFile* file,
                                 std::uint64_t from) {
  const bool with_body = request.method != "HEAD" && status != 304 && length > 0;
  std::string head = "HTTP/1.1 " + std::to_string(status) + " " + reason_of(status) + "\r\n" + headers;
  if (status != 304) {
    head += "Content-Length: " + std::to_string(length) + "\r\n";
  }
  head += std::string("Connection: ") + (request.keep_alive ? "keep-alive" : "close") + "\r\n\r\n";
  bool sent = send_bytes(head, with_body);
  if (with_body) {
    sent = sent && (file != nullptr ? send_file(file->descriptor(), from, length) : send_bytes(body, false));
  }
  if (log_) {
    log_({client_, request.method, request.path, status, with_body ? length : 0});
  }
  return sent && request.keep_alive;
}

bool HttpConnection::wait_to_send() {
  pollfd waiting{socket_, POLLOUT, 0};
  const int ready = ::poll(&waiting, 1, static_cast<int>(k_stall.count()));
  return ready > 0 || (ready < 0 && errno == EINTR);
}

bool HttpConnection::send_bytes(std::string_view data, bool more_follows) {
  while (!data.empty()) {
    const ssize_t count = ::send(socket_, data.data(), data.size(), MSG_NOSIGNAL | (more_follows ? MSG_MORE : 0));
    if (count > 0) {
      data.remove_prefix(static_cast<std::size_t>(count));
    } else if (count < 0 && errno == EAGAIN) {
      if (!wait_to_send()) {
        return false;
      }
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool HttpConnection::send_file(int fd, std::uint64_t from, std::uint64_t count) {
  auto at = static_cast<off_t>(from);
  while (count > 0) {
    const ssize_t sent = ::sendfile(socket_, fd, &at, std::min(count, k_piece));
    if (sent > 0) {
      count -= static_cast<std::uint64_t>(sent);
    } else if (sent < 0 && errno == EAGAIN) {
      if (!wait_to_send()) {
        return false;
      }
    } else if (sent == 0 || errno != EINTR) {
      return false;  // the file became shorter, or the client is gone: only an end of the connection can say so now
    }
  }
  return true;
}

}  // namespace cef::registry
