#include "libarchive.hpp"

#include <dlfcn.h>

namespace cef::registry {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

Result<LibArchive> open_once() {
  void* library = ::dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return fail(ErrorCode::usage,
                "a .tar needs libarchive, which is not installed: sudo apt install libarchive13, or give a .zip");
  }
  LibArchive lib;
  bool whole = true;
  const auto find = [&](const char* name, auto& into) {
    into = reinterpret_cast<std::decay_t<decltype(into)>>(::dlsym(library, name));
    whole = whole && into != nullptr;
  };
  find("archive_read_new", lib.read_new);
  find("archive_read_free", lib.read_free);
  find("archive_read_support_format_tar", lib.support_tar);
  find("archive_read_support_filter_gzip", lib.support_gzip);
  find("archive_read_support_filter_zstd", lib.support_zstd);
  find("archive_read_open_fd", lib.open_fd);
  find("archive_read_next_header", lib.next_header);
  find("archive_read_data", lib.read_data);
  find("archive_filter_bytes", lib.filter_bytes);
  find("archive_error_string", lib.error_string);
  find("archive_entry_pathname", lib.pathname);
  find("archive_entry_hardlink", lib.hardlink);
  find("archive_entry_filetype", lib.filetype);
  find("archive_entry_perm", lib.perm);
  find("archive_entry_size", lib.size);
  if (!whole) {
    return fail(ErrorCode::usage, "libarchive is there but is too old; install it anew: apt install libarchive13");
  }
  return lib;
}

}  // namespace

Result<const LibArchive*> open_libarchive() {
  static const Result<LibArchive> opened = open_once();
  return opened ? Result<const LibArchive*>(&*opened) : fail(opened.error());
}

}  // namespace cef::registry
