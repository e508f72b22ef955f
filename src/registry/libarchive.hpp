#pragma once

#include <archive.h>
#include <archive_entry.h>

#include "cef/core/result.hpp"

namespace cef::registry {

/// libarchive is opened when a tar is read, as libcurl is for a download: linked, it and its libraries would cost every
/// start of cef.
struct LibArchive {
  decltype(&::archive_read_new) read_new = nullptr;
  decltype(&::archive_read_free) read_free = nullptr;
  decltype(&::archive_read_support_format_tar) support_tar = nullptr;
  decltype(&::archive_read_support_filter_gzip) support_gzip = nullptr;
  decltype(&::archive_read_support_filter_zstd) support_zstd = nullptr;
  decltype(&::archive_read_open_fd) open_fd = nullptr;
  decltype(&::archive_read_next_header) next_header = nullptr;
  decltype(&::archive_read_data) read_data = nullptr;
  decltype(&::archive_filter_bytes) filter_bytes = nullptr;
  decltype(&::archive_error_string) error_string = nullptr;
  decltype(&::archive_entry_pathname) pathname = nullptr;
  decltype(&::archive_entry_hardlink) hardlink = nullptr;
  decltype(&::archive_entry_filetype) filetype = nullptr;
  decltype(&::archive_entry_perm) perm = nullptr;
  decltype(&::archive_entry_size) size = nullptr;
};

/// Opens libarchive once. Error: usage, with how to install it.
core::Result<const LibArchive*> open_libarchive();

}  // namespace cef::registry
