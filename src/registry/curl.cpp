#include "curl.hpp"

#include <dlfcn.h>

namespace cef::registry {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

template <class Function>
bool find(void* library, const char* name, Function& into) {
  into = reinterpret_cast<Function>(::dlsym(library, name));
  return into != nullptr;
}

Result<Curl> open_once() {
  void* library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    library = ::dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
  }
  if (library == nullptr) {
    return fail(ErrorCode::usage, "downloads need libcurl, which is not installed: sudo apt install libcurl4");
  }
  Curl curl;
  decltype(&::curl_global_init) global_init = nullptr;
  if (!find(library, "curl_global_init", global_init) || !find(library, "curl_easy_init", curl.easy_init) ||
      !find(library, "curl_easy_cleanup", curl.easy_cleanup) || !find(library, "curl_easy_setopt", curl.easy_setopt) ||
      !find(library, "curl_easy_getinfo", curl.easy_getinfo) ||
      !find(library, "curl_easy_perform", curl.easy_perform) ||
      !find(library, "curl_easy_strerror", curl.easy_strerror) ||
      !find(library, "curl_slist_append", curl.slist_append) ||
      !find(library, "curl_slist_free_all", curl.slist_free_all) || global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return fail(ErrorCode::usage, "libcurl is there but cannot be started; install it anew: apt install libcurl4");
  }
  return curl;
}

}  // namespace

Result<const Curl*> open_curl() {
  static const Result<Curl> opened = open_once();
  return opened ? Result<const Curl*>(&*opened) : fail(opened.error());
}

}  // namespace cef::registry
