#include "cef/registry/fetch_index.hpp"

#include <memory>
#include <string_view>

#include "cef/registry/repository.hpp"
#include "curl.hpp"

namespace cef::registry {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_largest = 16U << 20U;

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* into) {
  auto& text = *static_cast<std::string*>(into);
  if (text.size() + size * count > k_largest) {
    return 0;
  }
  text.append(data, size * count);
  return size * count;
}

tl::unexpected<core::Error> failure(const Curl& curl, CURL* handle, CURLcode code, const std::string& url) {
  long status = 0;
  curl.easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  switch (code) {
    case CURLE_HTTP_RETURNED_ERROR:
      return fail(ErrorCode::unreachable,
                  url + ": the server answered HTTP " + std::to_string(status) +
                      (status == 404 ? " (not found): is a model repository served there?" : ""));
    case CURLE_OPERATION_TIMEDOUT:
      return fail(ErrorCode::timeout, url + ": no whole answer within the deadline");
    case CURLE_WRITE_ERROR:
      return fail(ErrorCode::integrity, url + ": is larger than 16 MiB: it is no index of a model repository");
    case CURLE_UNSUPPORTED_PROTOCOL:
      return fail(ErrorCode::integrity, url + ": redirects away from http and https, or from https to http: refused");
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
      return fail(ErrorCode::unreachable,
                  url + ": " + curl.easy_strerror(code) +
                      "; see that a repository is served there ('cef repo serve --address') and "
                      "that the machine that fetches reaches it");
    default:
      return fail(ErrorCode::unreachable,
                  url + ": " + curl.easy_strerror(code) + "; see that a model repository is served there");
  }
}

}  // namespace

Result<std::string> index_url(const std::string& url) {
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  const std::string authority = url.substr(scheme, url.find('/', scheme) - scheme);
  if (scheme == 0 || authority.empty() || url.find_first_of(" \t\r\n?#") != std::string::npos) {
    return fail(ErrorCode::usage, "'" + url + "': is no http:// or https:// URL of a model repository");
  }
  if (authority.find('@') != std::string::npos) {
    return fail(ErrorCode::usage, "the URL holds a user name or password, which cef does not take there");
  }
  if (url.ends_with("/" + std::string(k_index_file))) {
    return url;
  }
  return url + (url.ends_with('/') ? "" : "/") + std::string(k_index_file);
}

Result<std::vector<Bundle>> fetch_index(const std::string& url, std::chrono::milliseconds timeout) {
  const auto whole_url = index_url(url);
  const auto opened = open_curl();
  if (!whole_url || !opened) {
    return fail(whole_url ? opened.error() : whole_url.error());
  }
  const Curl& curl = **opened;
  const std::unique_ptr<CURL, decltype(curl.easy_cleanup)> handle(curl.easy_init(), curl.easy_cleanup);
  if (!handle) {
    return fail(ErrorCode::general, "libcurl cannot be started: out of memory");
  }
  std::string text;
  const auto set = curl.easy_setopt;
  set(handle.get(), CURLOPT_URL, whole_url->c_str());
  set(handle.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  set(handle.get(), CURLOPT_REDIR_PROTOCOLS_STR, whole_url->starts_with("https://") ? "https" : "http,https");
  set(handle.get(), CURLOPT_FOLLOWLOCATION, 1L);
  set(handle.get(), CURLOPT_MAXREDIRS, 5L);
  set(handle.get(), CURLOPT_FAILONERROR, 1L);
  set(handle.get(), CURLOPT_NOSIGNAL, 1L);
  set(handle.get(), CURLOPT_USERAGENT, "cef/" CEF_VERSION);
  set(handle.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  set(handle.get(), CURLOPT_WRITEFUNCTION, &on_body);
  set(handle.get(), CURLOPT_WRITEDATA, &text);
  if (const CURLcode code = curl.easy_perform(handle.get()); code != CURLE_OK) {
    return failure(curl, handle.get(), code, *whole_url);
  }
  return read_index(text, *whole_url);
}

}  // namespace cef::registry
