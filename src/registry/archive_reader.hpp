#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"
#include "cef/registry/bundle.hpp"
#include "entry_tree.hpp"
#include "input_file.hpp"

namespace cef::registry {

/// Takes the next piece of a file's content.
using Sink = std::function<core::Result<void>(std::string_view)>;

/// An archive whose names, kinds and sizes were found harmless. What it gives is what it said, or an error.
class ArchiveReader {
 public:
  virtual ~ArchiveReader() = default;
  [[nodiscard]] virtual const std::map<std::string, Entry>& entries() const = 0;
  /// The whole content of one file; integrity when it is not what the archive said.
  virtual core::Result<void> read(const std::string& path, const Entry& entry, const Sink& sink) = 0;
};

core::Result<std::unique_ptr<ArchiveReader>> open_zip(InputFile file, const ArchiveLimits& limits,
                                                      const core::StopToken& stop);
/// A tar, plain or compressed by gzip or zstd. It can be read from its start to its end only, so that its files are put
/// in a nameless file in `spool_folder` first.
core::Result<std::unique_ptr<ArchiveReader>> open_tar(InputFile file, const std::filesystem::path& spool_folder,
                                                      const ArchiveLimits& limits, const core::StopToken& stop);

/// Adds up what an archive unpacks to and says when that is a bomb.
class UnpackedSum {
 public:
  UnpackedSum(const InputFile& file, const ArchiveLimits& limits) : file_(file), limits_(limits) {}
  core::Result<void> add(std::string_view entry, std::uint64_t unpacked);
  /// An entry of which the packed size is known.
  core::Result<void> check_ratio(std::string_view entry, std::uint64_t unpacked, std::uint64_t packed) const;
  core::Result<void> check_entries(std::uint64_t count) const;

 private:
  const InputFile& file_;
  const ArchiveLimits& limits_;
  std::uint64_t sum_ = 0;
};

}  // namespace cef::registry
