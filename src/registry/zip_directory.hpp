#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/registry/bundle.hpp"
#include "input_file.hpp"

namespace cef::registry {

/// What a zip's directory says of one entry, after the entry's own header was found to say the same.
struct ZipEntry {
  std::string name;  ///< as it stands there: any bytes
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc = 0;
  std::uint32_t attributes = 0;
  std::uint64_t packed = 0;
  std::uint64_t unpacked = 0;
  std::uint64_t header_at = 0;
  std::uint64_t data_at = 0;
};

inline constexpr std::uint16_t k_zip_stored = 0;
inline constexpr std::uint16_t k_zip_deflated = 8;

/// The directory of a zip or zip64 file. Refused (integrity): what is truncated, damaged, encrypted, spread over disks,
/// compressed in a way other than deflate, and every contradiction between directory and entries: names, sizes, zip64
/// fields, entries that overlap. Names, kinds and bombs are not judged here.
core::Result<std::vector<ZipEntry>> read_zip_directory(const InputFile& file, const ArchiveLimits& limits);

}  // namespace cef::registry
