// APPNOTE.TXT 6.3.9, sections 4.3 and 4.5.3.
#include "zip.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint32_t k_end = 0x06054b50;
constexpr std::uint32_t k_end64 = 0x06064b50;
constexpr std::uint32_t k_end64_locator = 0x07064b50;
constexpr std::uint32_t k_central = 0x02014b50;
constexpr std::uint32_t k_local = 0x04034b50;
constexpr std::uint64_t k_max_entries = 200'000;

template <class T>
T number(Bytes bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

bool fits(Bytes bytes, std::uint64_t at, std::uint64_t count) {
  return at <= bytes.size() && count <= bytes.size() - at;
}

std::uint32_t crc32(Bytes data) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t c = i;
      for (int bit = 0; bit < 8; ++bit) {
        c = (c & 1U) != 0 ? 0xEDB88320U ^ (c >> 1U) : c >> 1U;
      }
      t[i] = c;
    }
    return t;
  }();
  std::uint32_t c = ~0U;
  for (const std::byte b : data) {
    c = table[(c ^ std::to_integer<std::uint32_t>(b)) & 0xFFU] ^ (c >> 8U);
  }
  return ~c;
}

struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t offset = 0;
};

std::optional<Directory> find_directory(Bytes bytes) {
  constexpr std::size_t k_end_size = 22;
  if (bytes.size() < k_end_size) {
    return std::nullopt;
  }
  const std::size_t lowest = bytes.size() - std::min<std::size_t>(bytes.size(), k_end_size + 65535);
  for (std::size_t at = bytes.size() - k_end_size + 1; at-- > lowest;) {
    if (number<std::uint32_t>(bytes, at) != k_end) {
      continue;
    }
    Directory directory{number<std::uint16_t>(bytes, at + 10), number<std::uint32_t>(bytes, at + 16)};
    if (at >= 20 && number<std::uint32_t>(bytes, at - 20) == k_end64_locator) {
      const auto end64 = number<std::uint64_t>(bytes, at - 20 + 8);
      if (!fits(bytes, end64, 56) || number<std::uint32_t>(bytes, end64) != k_end64) {
        return std::nullopt;
      }
      directory = {number<std::uint64_t>(bytes, end64 + 32), number<std::uint64_t>(bytes, end64 + 48)};
    }
    return directory;
  }
  return std::nullopt;
}

struct Entry {
  std::string name;
  std::uint64_t size = 0;
  std::uint64_t packed_size = 0;
  std::uint64_t local_offset = 0;
  std::uint32_t crc = 0;
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
};

/// The zip64 extra field holds, in this order, the values whose 32-bit fields are all ones.
bool read_zip64(Bytes extra, Entry& entry) {
  for (std::size_t at = 0; at + 4 <= extra.size();) {
    const auto id = number<std::uint16_t>(extra, at);
    const auto length = number<std::uint16_t>(extra, at + 2);
    if (!fits(extra, at + 4, length)) {
      return false;
    }
    if (id == 1) {
      std::size_t from = at + 4;
      for (std::uint64_t* value : {&entry.size, &entry.packed_size, &entry.local_offset}) {
        if (*value == 0xFFFFFFFFU) {
          if (from + 8 > at + 4 + length) {
            return false;
          }
          *value = number<std::uint64_t>(extra, from);
          from += 8;
        }
      }
    }
    at += 4U + length;
  }
  return true;
}

/// Reads the central directory's entry at `at` and moves `at` behind it.
std::optional<Entry> next_entry(Bytes bytes, std::uint64_t& at) {
  constexpr std::uint64_t k_size = 46;
  if (!fits(bytes, at, k_size) || number<std::uint32_t>(bytes, at) != k_central) {
    return std::nullopt;
  }
  Entry entry;
  entry.flags = number<std::uint16_t>(bytes, at + 8);
  entry.method = number<std::uint16_t>(bytes, at + 10);
  entry.crc = number<std::uint32_t>(bytes, at + 16);
  entry.packed_size = number<std::uint32_t>(bytes, at + 20);
  entry.size = number<std::uint32_t>(bytes, at + 24);
  entry.local_offset = number<std::uint32_t>(bytes, at + 42);
  const std::uint64_t name = number<std::uint16_t>(bytes, at + 28);
  const std::uint64_t extra = number<std::uint16_t>(bytes, at + 30);
  const std::uint64_t comment = number<std::uint16_t>(bytes, at + 32);
  if (!fits(bytes, at + k_size, name + extra + comment)) {
    return std::nullopt;
  }
  entry.name.assign(reinterpret_cast<const char*>(bytes.data()) + at + k_size, name);
  if (!read_zip64(bytes.subspan(at + k_size + name, extra), entry)) {
    return std::nullopt;
  }
  at += k_size + name + extra + comment;
  return entry;
}

std::optional<Bytes> data_of(Bytes bytes, const Entry& entry) {
  constexpr std::uint64_t k_size = 30;
  const std::uint64_t at = entry.local_offset;
  if (!fits(bytes, at, k_size) || number<std::uint32_t>(bytes, at) != k_local) {
    return std::nullopt;
  }
  const std::uint64_t skip = k_size + number<std::uint16_t>(bytes, at + 26) + number<std::uint16_t>(bytes, at + 28);
  if (!fits(bytes, at, skip) || !fits(bytes, at + skip, entry.size)) {
    return std::nullopt;
  }
  return bytes.subspan(at + skip, entry.size);
}

}  // namespace

Result<std::map<std::string, Bytes>> read_stored_zip(Bytes bytes, const std::string& file) {
  const auto damaged = [&file](const std::string& what) { return fail(ErrorCode::integrity, file + ": " + what); };
  const auto directory = find_directory(bytes);
  if (!directory || directory->entries > k_max_entries) {
    return damaged("is truncated: the zip directory at its end is missing or damaged");
  }
  std::map<std::string, Bytes> entries;
  std::vector<std::pair<const std::byte*, const std::byte*>> ranges;
  std::uint64_t at = directory->offset;
  for (std::uint64_t i = 0; i < directory->entries; ++i) {
    const auto entry = next_entry(bytes, at);
    if (!entry || entry->name.find('\0') != std::string::npos) {
      return damaged("its zip directory is damaged");
    }
    if (entry->method != 0 || (entry->flags & 1U) != 0) {
      return fail(ErrorCode::usage, file + ": '" + entry->name +
                                        "' is compressed or encrypted: PyTorch does not write "
                                        "such files");
    }
    const auto data = data_of(bytes, *entry);
    if (!data || entry->packed_size != entry->size) {
      return damaged("'" + entry->name + "' lies outside the file: it is truncated or damaged");
    }
    if (crc32(*data) != entry->crc) {
      return damaged("'" + entry->name + "' is damaged: its CRC does not match");
    }
    ranges.emplace_back(data->data(), data->data() + data->size());
    if (!entries.emplace(entry->name, *data).second) {
      return damaged("holds '" + entry->name + "' twice");
    }
  }
  std::sort(ranges.begin(), ranges.end());
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].first < ranges[i - 1].second) {
      return damaged("entries of the zip file overlap");
    }
  }
  return entries;
}

}  // namespace cef::model
