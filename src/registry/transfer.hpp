#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"
#include "cef/registry/download.hpp"
#include "curl.hpp"

namespace cef::registry {

struct Outcome {
  enum class Kind {
    complete,
    broken,         ///< the connection ended early: what came can be gone on with
    range_refused,  ///< HTTP 416
    failed,
  };
  Kind kind = Kind::failed;
  core::Error error;
};

/// One HTTP request for a file from byte `from` on, written to `fd` at its place.
class Transfer {
 public:
  Transfer(const DownloadOptions& options, int fd, std::uint64_t from, std::string validator,
           const std::function<void(const DownloadProgress&)>& progress, const core::StopToken& stop)
      : options_(options),
        fd_(fd),
        from_(from),
        asked_validator_(std::move(validator)),
        progress_(progress),
        stop_(stop),
        at_(from) {}

  Outcome run();
  /// The answer's strong ETag, to be kept for a later run; empty when it has none.
  [[nodiscard]] const std::string& validator() const noexcept { return validator_; }
  /// Size of the whole file as the server said it; 0 when it did not.
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

 private:
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  void take_header(std::string_view line);
  bool take_body(std::string_view data);
  bool begin_body();
  void set_options(CURL* handle, curl_slist* headers);
  Outcome judge(CURLcode code) const;
  [[nodiscard]] Outcome failed(core::ErrorCode code, const std::string& what) const;

  const DownloadOptions& options_;
  int fd_;
  std::uint64_t from_;
  std::string asked_validator_;
  const std::function<void(const DownloadProgress&)>& progress_;
  const core::StopToken& stop_;

  const Curl* curl_ = nullptr;
  CURL* handle_ = nullptr;
  std::uint64_t at_;  ///< where the next byte goes
  std::uint64_t total_ = 0;
  std::uint64_t range_begin_ = 0;
  bool has_range_ = false;
  bool begun_ = false;
  std::string validator_;
  std::string refusal_;  ///< why the body was not taken
  core::ErrorCode refusal_code_ = core::ErrorCode::integrity;
};

}  // namespace cef::registry
