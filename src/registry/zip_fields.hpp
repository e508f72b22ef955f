#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cef::registry {

inline constexpr std::uint64_t k_max16 = 0xFFFFU;
inline constexpr std::uint64_t k_max32 = 0xFFFFFFFFU;

/// Little-endian numbers; the caller has checked that they are there.
template <class Number>
Number little_endian(std::string_view data, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = sizeof(Number); i-- > 0;) {
    value = (value << 8U) | static_cast<unsigned char>(data[at + i]);
  }
  return static_cast<Number>(value);
}
inline std::uint16_t u16(std::string_view data, std::size_t at) {
  return little_endian<std::uint16_t>(data, at);
}
inline std::uint32_t u32(std::string_view data, std::size_t at) {
  return little_endian<std::uint32_t>(data, at);
}
inline std::uint64_t u64(std::string_view data, std::size_t at) {
  return little_endian<std::uint64_t>(data, at);
}

struct ZipSizes {
  std::uint64_t unpacked = 0;
  std::uint64_t packed = 0;
  std::optional<std::uint64_t> offset;  ///< of the header; none in the header itself
};

/// Walks an entry's extra fields: replaces the sizes that stand for "see zip64", holds the others against what zip64
/// says, and a second name against the first. Gives the fault as "has …", or "".
std::string read_extra(std::string_view extra, std::string_view name, ZipSizes& sizes);

}  // namespace cef::registry
