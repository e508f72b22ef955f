#include "zip_fields.hpp"

namespace cef::registry {

namespace {

constexpr std::uint16_t k_zip64 = 0x0001;
constexpr std::uint16_t k_unicode_path = 0x7075;
constexpr std::uint16_t k_aes = 0x9901;

/// APPNOTE 4.5.3: the field holds a size only where the entry has all bits set in its place; a writer that puts it
/// there all the same must say the same.
std::string take_zip64(std::string_view field, ZipSizes& sizes) {
  const bool all = sizes.unpacked != k_max32 && sizes.packed != k_max32 && field.size() >= 16;
  std::size_t at = 0;
  const auto take = [&](std::uint64_t& size) {
    if (size != k_max32 && !all) {
      return true;
    }
    if (field.size() - at < 8) {
      return false;
    }
    const std::uint64_t value = u64(field, at);
    at += 8;
    const bool agrees = size == k_max32 || size == value;
    size = value;
    return agrees;
  };
  if (!take(sizes.unpacked) || !take(sizes.packed)) {
    return "has zip64 sizes that are missing or contradict its other sizes";
  }
  if (sizes.offset && *sizes.offset == k_max32 && !take(*sizes.offset)) {
    return "has no zip64 place of its header";
  }
  return "";
}

}  // namespace

std::string read_extra(std::string_view extra, std::string_view name, ZipSizes& sizes) {
  bool zip64 = false;
  while (extra.size() >= 4) {
    const std::uint16_t kind = u16(extra, 0);
    const std::size_t length = u16(extra, 2);
    if (extra.size() - 4 < length) {
      return "has a damaged extra field";
    }
    const std::string_view field = extra.substr(4, length);
    extra.remove_prefix(4 + length);
    if (kind == k_zip64) {
      if (zip64) {
        return "has two zip64 fields";
      }
      zip64 = true;
      if (const std::string fault = take_zip64(field, sizes); !fault.empty()) {
        return fault;
      }
    } else if (kind == k_unicode_path && (field.size() < 5 || field.substr(5) != name)) {
      return "has a second name that differs from its name";
    } else if (kind == k_aes) {
      return "is encrypted";
    }
  }
  if (!zip64 && (sizes.unpacked == k_max32 || sizes.packed == k_max32 || sizes.offset == k_max32)) {
    return "says that it is zip64 and has no zip64 sizes";
  }
  return "";
}

}  // namespace cef::registry
