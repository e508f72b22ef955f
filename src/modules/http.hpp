#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/modules/module.hpp"
#include "text.hpp"

namespace cef::modules {

/// A request that the host makes: by curl, else by wget, else by apt's own helper, which can only fetch.
struct HttpRequest {
  std::string url;
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers{};
  std::optional<std::string> body{};
  std::string body_file{};  ///< a shell word; on the host
  std::string user{}, password{};
  std::string agent = "ansible-httpget";
  std::string client_cert{}, client_key{}, ca_path{}, unix_socket{};
  std::vector<std::string> ciphers{};
  bool verify = true, proxy = true, netrc = true, decompress = true, redirects = true;
  bool fresh = false;        ///< no answer out of a cache
  std::string newer_than{};  ///< a shell word: only if it is newer than this file of the host
  long long timeout_seconds = 10;
};
/// The parameters that get_url and uri have in common, out of a call.
[[nodiscard]] HttpRequest http_request(const Call& call);
[[nodiscard]] std::vector<Parameter> http_parameters();

/// Shell that sends the request. What is secret comes on stdin (`http_input`). Needs "$d", a folder; leaves the body in
/// "$d/body" and in $ok whether there is one ("1" by a status below 400); `http_says` prints the fields of read_http.
[[nodiscard]] std::string http_script(const HttpRequest& request);
[[nodiscard]] std::string http_input(const HttpRequest& request);

struct HttpAnswer {
  int status = -1;  ///< -1: none came
  std::string message;
  std::string url;                                           ///< after redirects
  std::vector<std::pair<std::string, std::string>> headers;  ///< names lower-case, each once
  std::vector<std::pair<std::string, std::string>> cookies;
  [[nodiscard]] std::string header(const std::string& name) const;
};
[[nodiscard]] HttpAnswer read_http(Fields& fields, const std::string& url);

/// "$d", a folder of its own that goes with the script.
extern const char* const k_own_folder;

/// The last part of the path, without a query; "" when there is none.
[[nodiscard]] std::string url_file_name(const std::string& url);
/// Out of Content-Disposition; "" when there is none.
[[nodiscard]] std::string disposition_name(const std::string& header);

}  // namespace cef::modules
