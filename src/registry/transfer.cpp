#include "transfer.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

#include <unistd.h>

namespace cef::registry {

using core::ErrorCode;

namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool take_number(std::string_view& text, std::uint64_t& value) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{}) {
    return false;
  }
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return true;
}

constexpr int k_http_range_refused = 416;

}  // namespace

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  static_cast<Transfer*>(self)->take_header({data, size * count});
  return size * count;
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->take_body({data, size * count}) ? size * count : 0;
}

int Transfer::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(self)->stop_.draining() ? 1 : 0;
}

void Transfer::take_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {  // each redirect brings headers of its own
    validator_.clear();
    total_ = 0;
    has_range_ = false;
    return;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) {
    return;
  }
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::string_view value = trimmed(line.substr(colon + 1));
  if (name == "etag" && value.starts_with('"') && value.size() < 512) {  // a weak one does not name bytes
    validator_ = value;
  } else if (name == "content-length" && !has_range_) {
    take_number(value, total_);
  } else if (name == "content-range" && value.starts_with("bytes ")) {
    value.remove_prefix(6);
    std::uint64_t last = 0;
    total_ = 0;
    has_range_ = true;
    if (value.starts_with("*/")) {
      value.remove_prefix(1);
    } else if (!take_number(value, range_begin_) || !value.starts_with('-') ||
               (value.remove_prefix(1), !take_number(value, last))) {
      has_range_ = false;
    }
    if (value.starts_with('/')) {
      value.remove_prefix(1);
      take_number(value, total_);
    }
  }
}

/// Decides by status and headers where the body goes.
bool Transfer::begin_body() {
  begun_ = true;
  long status = 0;
  curl_->easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  if (status == 206) {
    if (!has_range_ || range_begin_ != from_) {
      refusal_ = "sent another part of the file than the one asked for";
      return false;
    }
    return true;
  }
  // 200: the server sends the file from its start, because it ignores ranges or because the file changed.
  at_ = 0;
  if (from_ > 0 && ::ftruncate(fd_, 0) != 0) {
    refusal_ = std::string("cannot be written: ") + std::strerror(errno);
    refusal_code_ = ErrorCode::general;
    return false;
  }
  return true;
}

bool Transfer::take_body(std::string_view data) {
  if (!begun_ && !begin_body()) {
    return false;
  }
  if (std::max(total_, at_ + data.size()) > options_.max_size.count) {
    refusal_ = "is larger than the limit of " + core::to_human(options_.max_size);
    return false;
  }
  while (!data.empty()) {
    const ssize_t written = ::pwrite(fd_, data.data(), data.size(), static_cast<off_t>(at_));
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      refusal_ = std::string("cannot be written: ") + std::strerror(errno);
      refusal_code_ = ErrorCode::general;
      return false;
    }
    at_ += static_cast<std::uint64_t>(written);
    data.remove_prefix(static_cast<std::size_t>(written));
  }
  if (progress_) {
    progress_({at_, total_});
  }
  return true;
}

void Transfer::set_options(CURL* handle, curl_slist* headers) {
  const auto set = curl_->easy_setopt;
  const bool secure = options_.url.starts_with("https://");
  set(handle, CURLOPT_URL, options_.url.c_str());
  set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  set(handle, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
  set(handle, CURLOPT_FOLLOWLOCATION, 1L);
  set(handle, CURLOPT_MAXREDIRS, static_cast<long>(options_.max_redirects));
  set(handle, CURLOPT_FAILONERROR, 1L);
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_USERAGENT, "cef/" CEF_VERSION);
  set(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
  set(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.stall_timeout.count()));
  set(handle, CURLOPT_HTTPHEADER, headers);
  set(handle, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(handle, CURLOPT_HEADERDATA, this);
  set(handle, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(handle, CURLOPT_WRITEDATA, this);
  set(handle, CURLOPT_NOPROGRESS, 0L);
  set(handle, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
  set(handle, CURLOPT_XFERINFODATA, this);
}

Outcome Transfer::run() {
  const auto curl = open_curl();
  if (!curl) {
    return {Outcome::Kind::failed, curl.error()};
  }
  curl_ = *curl;
  handle_ = curl_->easy_init();
  if (handle_ == nullptr) {
    return failed(ErrorCode::general, "libcurl cannot be started: out of memory");
  }
  curl_slist* headers = nullptr;
  const std::string range = std::to_string(from_) + "-";
  if (from_ > 0 && !asked_validator_.empty()) {
    headers = curl_->slist_append(headers, ("If-Range: " + asked_validator_).c_str());
  }
  set_options(handle_, headers);
  if (from_ > 0) {
    curl_->easy_setopt(handle_, CURLOPT_RANGE, range.c_str());
  }
  CURLcode code = curl_->easy_perform(handle_);
  if (code == CURLE_OK && !begun_ && !begin_body()) {  // an empty body
    code = CURLE_WRITE_ERROR;
  }
  Outcome outcome = judge(code);
  curl_->easy_cleanup(handle_);
  curl_->slist_free_all(headers);
  handle_ = nullptr;
  return outcome;
}

Outcome Transfer::failed(ErrorCode code, const std::string& what) const {
  return {Outcome::Kind::failed, {code, options_.url + ": " + what, {}}};
}

Outcome Transfer::judge(CURLcode code) const {
  long status = 0;
  curl_->easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  switch (code) {
    case CURLE_OK:
      return {Outcome::Kind::complete, {}};
    case CURLE_WRITE_ERROR:
      return failed(refusal_code_, refusal_);
    case CURLE_ABORTED_BY_CALLBACK:
      return failed(ErrorCode::interrupted, "stopped; run it again to go on from where it was");
    case CURLE_OPERATION_TIMEDOUT:
      return failed(ErrorCode::timeout, "no data within the deadline; run it again to go on from where it was");
    case CURLE_HTTP_RETURNED_ERROR: {
      Outcome outcome = failed(ErrorCode::unreachable, "the server answered HTTP " + std::to_string(status) +
                                                           (status == 404 ? " (not found)" : ""));
      outcome.kind = status == k_http_range_refused ? Outcome::Kind::range_refused : Outcome::Kind::failed;
      return outcome;
    }
    case CURLE_TOO_MANY_REDIRECTS:
      return failed(ErrorCode::unreachable, "redirects more than " + std::to_string(options_.max_redirects) + " times");
    case CURLE_UNSUPPORTED_PROTOCOL:
      return failed(ErrorCode::integrity, "redirects away from http and https, or from https to http: refused");
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2_STREAM: {
      Outcome outcome = failed(ErrorCode::unreachable, "the connection ended after " + std::to_string(at_) +
                                                           (total_ > 0 ? " of " + std::to_string(total_) : "") +
                                                           " bytes; run it again to go on from there");
      outcome.kind = Outcome::Kind::broken;
      return outcome;
    }
    default:
      return failed(ErrorCode::unreachable, curl_->easy_strerror(code));
  }
}

}  // namespace cef::registry
