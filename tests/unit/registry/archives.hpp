#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::registry::test {

inline constexpr std::uint32_t k_regular = 0100644;
inline constexpr std::uint32_t k_program = 0100755;

/// One entry of a zip. What is set beyond name and data is written as it is, true or not.
struct ZipItem {
  std::string name;
  std::string data;
  std::uint16_t method = 8;
  std::uint16_t flags = 0;
  std::uint32_t mode = k_regular;
  std::optional<std::string> local_name;
  std::optional<std::uint32_t> crc;
  std::optional<std::uint32_t> unpacked;        ///< in the directory
  std::optional<std::uint32_t> packed;          ///< in the directory
  std::optional<std::uint32_t> local_unpacked;  ///< in the entry's header; else as in the directory
  std::optional<std::uint32_t> local_packed;
  std::optional<std::uint32_t> header_at;
  std::string extra;                  ///< in the directory
  std::string local_extra;            ///< in the entry's header
  std::optional<std::string> stream;  ///< the compressed bytes, else made from data
};

struct ZipTail {
  std::optional<std::uint16_t> count;
  std::optional<std::uint32_t> size;
  std::optional<std::uint32_t> offset;
  std::string before_end;  ///< zip64 record and locator
  std::string comment;
};

std::string make_zip(const std::vector<ZipItem>& items, const ZipTail& tail = {});
/// An extra field.
std::string extra_field(std::uint16_t kind, const std::string& data);
/// A zip64 extra field of these numbers.
std::string zip64_field(const std::vector<std::uint64_t>& numbers);
/// A zip64 directory record and its locator, which says that the record lies at `at`.
std::string zip64_record(std::uint64_t count, std::uint64_t size, std::uint64_t offset, std::uint64_t at);
std::string little(std::uint64_t value, std::size_t bytes);
std::string deflated(std::string_view data);

struct TarItem {
  std::string name;
  std::string data;
  char kind = '0';
  std::string link{};
  unsigned mode = 0644;
};
/// A ustar file with its two blocks of zeros.
std::string make_tar(const std::vector<TarItem>& items);
std::string gzipped(std::string_view data);

}  // namespace cef::registry::test
