#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "cef/core/bytes.hpp"
#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"

namespace cef::registry {

struct DownloadOptions {
  std::string url;               ///< http or https; without user name or password
  std::filesystem::path target;  ///< appears only when it is whole and its digest is right
  std::string sha256;            ///< lower-case hex: all 64 digits or the first of them; empty: not verified
  core::Bytes max_size{8ULL << 30U};
  std::chrono::milliseconds connect_timeout{15'000};
  std::chrono::seconds stall_timeout{30};  ///< less than a byte a second for so long ends the try
  int max_redirects = 5;
  int tries = 3;  ///< of a connection that breaks while data comes
};

struct DownloadProgress {
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;  ///< 0 while it is not known
};

struct DownloadResult {
  std::uint64_t bytes = 0;         ///< size of the file
  std::uint64_t resumed_from = 0;  ///< bytes that an earlier run had left
  std::string sha256;
};

/// Downloads into TARGET.part, goes on with what an earlier run left there (its validator is in TARGET.part.etag),
/// verifies the digest and renames. A server that ignores ranges, or whose file changed, is read from the start.
/// Redirects never lead from https to http. Errors: usage (URL, no libcurl), unreachable (no connection, HTTP status),
/// timeout, integrity (digest, too large), interrupted. What came stays in TARGET.part but for integrity.
core::Result<DownloadResult> download(const DownloadOptions& options,
                                      const std::function<void(const DownloadProgress&)>& progress,
                                      const core::StopToken& stop);

}  // namespace cef::registry
