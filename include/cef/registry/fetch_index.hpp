#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/registry/bundle.hpp"

namespace cef::registry {

/// The index of the repository at `url` ("http://host:8080/models", with or without /index.json), at most 16 MiB.
/// Errors: usage (URL, no libcurl), unreachable (no connection, HTTP status), timeout, integrity (not an index).
core::Result<std::vector<Bundle>> fetch_index(const std::string& url, std::chrono::milliseconds timeout);

/// Where the index of the repository at `url` is. Error: usage, for what is no URL of one.
core::Result<std::string> index_url(const std::string& url);

}  // namespace cef::registry
