#pragma once

#include <curl/curl.h>

#include "cef/core/result.hpp"

namespace cef::registry {

/// libcurl is opened when something is downloaded, not when cef starts: linked, it and its 30 libraries cost every
/// command 4 ms (measured: 0.8 ms without it, 5.0 ms with it).
struct Curl {
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_perform) easy_perform = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;
};

/// Opens libcurl once. Error: usage, with how to install it.
core::Result<const Curl*> open_curl();

}  // namespace cef::registry
