#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "cef/registry/serve.hpp"
#include "http_request.hpp"
#include "served_file.hpp"

namespace cef::registry {

/// Answers the requests of one client, one after the other, until it leaves, is too slow or asks too much. The socket
/// is not blocking; its owner closes it. Ends soon after the socket is shut down.
class HttpConnection {
 public:
  using Log = std::function<void(const ServedRequest&)>;
  HttpConnection(int socket, std::string client, const std::filesystem::path& repository, const Log& log)
      : socket_(socket), client_(std::move(client)), repository_(repository), log_(log) {}

  void run();

 private:
  enum class Head { whole, none, too_large, too_slow };

  Head read_head(std::string& head);
  bool answer(const std::string& head);
  bool answer_file(const HttpRequest& request, const ServedFile& file);
  bool answer_error(const HttpRequest& request, int status, const std::string& headers = "");
  bool send_answer(const HttpRequest& request, int status, const std::string& headers, std::uint64_t length,
                   std::string_view body, const ServedFile* file, std::uint64_t from);
  bool send_bytes(std::string_view data, bool more_follows);
  bool send_file(int fd, std::uint64_t from, std::uint64_t count);
  bool wait_to_send();
  void linger();

  int socket_;
  std::string client_;
  const std::filesystem::path& repository_;
  const Log& log_;
  std::string received_;  ///< what came after the head that is being answered
};

}  // namespace cef::registry
