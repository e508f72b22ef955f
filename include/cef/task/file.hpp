#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "cef/core/result.hpp"
#include "cef/task/host.hpp"
#include "cef/task/send.hpp"

namespace cef::task {

struct FilePutOptions {
  Parcel parcel;
  std::string remote;  ///< a folder (or ending in '/'): the file keeps its name; relative: to the home
  std::string mode;    ///< octal; empty: an existing file keeps its own, a new one gets the local file's
  std::string owner;   ///< USER or USER:GROUP; empty: as it is
  bool check = false;
};

struct FileReport {
  bool changed = false;
  std::string remote;           ///< where it is on the host
  std::filesystem::path local;  ///< of get: where it was put
  std::uint64_t size = 0;
  std::string sha256;
  std::uint64_t sent_bytes = 0;
  std::uint64_t resumed_from = 0;
};

/// Puts a file on the host unless it is there already with the same content, mode and owner. It appears whole or not at
/// all; a broken transfer is taken up again by the next run. Errors: those of `send`, and host_failed when there is no
/// space or no folder.
core::Result<void> file_put(const Host& host, const FilePutOptions& options, FileReport& report);

/// Fetches `remote` into `local`, whose folder is made; verified by the digest the host gives. Errors: host_failed when
/// it is no file that can be read, integrity, unreachable, timeout, interrupted.
core::Result<void> file_get(const Host& host, const std::string& remote, const std::filesystem::path& local,
                            FileReport& report);

}  // namespace cef::task
