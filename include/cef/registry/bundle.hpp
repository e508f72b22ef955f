#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "cef/core/bytes.hpp"
#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"

namespace cef::registry {

/// Names and versions: letters, digits and ._+-, at most 128, a letter or digit first; a version may also hold '~'.
struct BundleInfo {
  std::string name;
  std::string version;
  std::string task;          ///< "classification" and the like; empty: not said
  std::string architecture;  ///< "any", "amd64" or "arm64"
};

/// A model as it lies in a repository: one plain tar.
struct Bundle {
  BundleInfo info;
  std::string sha256;         ///< of the tar, 64 lower-case hex digits
  core::Bytes size;           ///< of the tar
  core::Bytes unpacked;       ///< sum of the files' sizes
  std::uint64_t files = 0;    ///< without folders
  std::string source_sha256;  ///< of the archive it came from
  std::chrono::system_clock::time_point added;
};

struct ArchiveLimits {
  core::Bytes unpacked{16ULL << 30U};
  std::uint64_t entries = 10'000;
  double ratio = 1000;  ///< unpacked to packed bytes, of one entry and of the whole, beyond 1 MiB unpacked
};

/// Reads a .zip, .tar, .tar.gz or .tar.zst and writes to `tar` a plain, deterministic POSIX tar that holds only regular
/// files and folders: sorted, owner 0, time 0, modes 0644 and 0755 (a file's exec bit is kept). Nothing hostile can
/// come out of it on a node, and the same content has the same digest. Empty fields of `given` are taken from
/// cef-model.yaml inside the archive (at its top or in its only top folder), else from the file's name
/// NAME-VERSION.zip, else version "1", task "", architecture "any". A single top folder is kept as it is. Errors:
/// integrity (archive, entry and reason in one line; nothing appears at `tar`), usage (no such file, name, version,
/// manifest, no libarchive), interrupted, general (cannot be written).
core::Result<Bundle> pack_bundle(const std::filesystem::path& archive, const std::filesystem::path& tar,
                                 const BundleInfo& given, const ArchiveLimits& limits, const core::StopToken& stop);

}  // namespace cef::registry
