// Reads by APPNOTE.TXT 6.3.10 and takes no contradiction: what two readers could understand differently is refused.
#include "zip_directory.hpp"

#include <algorithm>
#include <optional>

#include "refusal.hpp"
#include "zip_fields.hpp"

namespace cef::registry {

using core::fail;
using core::Result;

namespace {

constexpr std::uint32_t k_local_header = 0x04034b50;
constexpr std::uint32_t k_directory_entry = 0x02014b50;
constexpr std::uint32_t k_end = 0x06054b50;
constexpr std::uint32_t k_end64 = 0x06064b50;
constexpr std::uint32_t k_end64_locator = 0x07064b50;
constexpr std::size_t k_local_size = 30;
constexpr std::size_t k_entry_size = 46;
constexpr std::size_t k_end_size = 22;
constexpr std::size_t k_end64_size = 56;
constexpr std::size_t k_locator_size = 20;
constexpr std::uint64_t k_largest_directory = 64ULL << 20U;
constexpr std::uint16_t k_flag_encrypted = 1U;
constexpr std::uint16_t k_flag_sizes_after = 1U << 3U;
constexpr std::uint16_t k_flags_encrypted = k_flag_encrypted | 1U << 6U | 1U << 13U;
constexpr std::uint16_t k_method_aes = 99;

/// Where the directory lies.
struct Directory {
  std::uint64_t count = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t ends_at = 0;  ///< where the record after it begins
};

class DirectoryReader {
 public:
  DirectoryReader(const InputFile& file, const ArchiveLimits& limits) : file_(file), limits_(limits) {}
  Result<std::vector<ZipEntry>> read();

 private:
  Result<Directory> find_end() const;
  Result<Directory> with_zip64(Directory directory) const;
  Result<Directory> read_end64(const Directory& short_one, std::uint64_t locator_at) const;
  Result<std::vector<ZipEntry>> read_entries(const Directory& directory) const;
  Result<ZipEntry> read_entry(const std::string& data, std::size_t& at) const;
  Result<void> check_entry(const ZipEntry& entry) const;
  Result<void> check_local(ZipEntry& entry, const Directory& directory) const;
  Result<void> check_local_sizes(const ZipEntry& entry, const std::string& header, std::string_view extra) const;
  Result<void> check_overlaps(std::vector<ZipEntry>& entries) const;

  [[nodiscard]] auto refused(const std::string& reason) const { return refuse(file_.path(), reason); }
  [[nodiscard]] auto refused(const ZipEntry& entry, const std::string& reason) const {
    return refuse(file_.path(), entry.name, reason);
  }

  const InputFile& file_;
  const ArchiveLimits& limits_;
};

Result<Directory> DirectoryReader::find_end() const {
  const std::uint64_t length = std::min<std::uint64_t>(file_.size(), k_end_size + 0xFFFFU);
  const std::uint64_t from = file_.size() - length;
  const auto tail = file_.read(from, static_cast<std::size_t>(length));
  if (!tail) {
    return fail(tail.error());
  }
  std::optional<std::size_t> found;
  for (std::size_t at = 0; at + k_end_size <= tail->size(); ++at) {
    if (u32(*tail, at) == k_end && at + k_end_size + u16(*tail, at + 20) == tail->size()) {
      if (found) {
        return refused("has two ends of its directory");
      }
      found = at;
    }
  }
  if (!found) {
    return refused("has no directory at its end: it is truncated, or is no zip");
  }
  if (u16(*tail, *found + 4) != 0 || u16(*tail, *found + 6) != 0 || u16(*tail, *found + 8) != u16(*tail, *found + 10)) {
    return refused("is a part of a zip that is spread over several files");
  }
  return with_zip64({u16(*tail, *found + 10), u32(*tail, *found + 16), u32(*tail, *found + 12), from + *found});
}

Result<Directory> DirectoryReader::with_zip64(Directory directory) const {
  bool zip64 = false;
  if (directory.ends_at >= k_locator_size) {
    const auto locator = file_.read(directory.ends_at - k_locator_size, k_locator_size);
    if (!locator) {
      return fail(locator.error());
    }
    zip64 = u32(*locator, 0) == k_end64_locator;
  }
  if (zip64) {
    auto longer = read_end64(directory, directory.ends_at - k_locator_size);
    if (!longer) {
      return longer;
    }
    directory = *longer;
  } else if (directory.count == k_max16 || directory.offset == k_max32 || directory.size == k_max32) {
    return refused("says that it is zip64 and has no zip64 directory record");
  }
  if (directory.offset > directory.ends_at || directory.size != directory.ends_at - directory.offset) {
    return refused("has its directory elsewhere than it says: it is truncated, or something was put before or into it");
  }
  return directory;
}

Result<Directory> DirectoryReader::read_end64(const Directory& short_one, std::uint64_t locator_at) const {
  const auto locator = file_.read(locator_at, k_locator_size);
  if (!locator) {
    return fail(locator.error());
  }
  const std::uint64_t at = u64(*locator, 8);
  if (locator_at < k_end64_size || at > locator_at - k_end64_size) {
    return refused("has a zip64 directory record elsewhere than it says");
  }
  const auto record = file_.read(at, k_end64_size);
  if (!record) {
    return fail(record.error());
  }
  const std::uint64_t room = locator_at - at - 12;
  if (u32(*record, 0) != k_end64 || u64(*record, 4) != room) {
    return refused("has a damaged zip64 directory record");
  }
  const std::uint64_t count = u64(*record, 32);
  const std::uint64_t size = u64(*record, 40);
  const std::uint64_t offset = u64(*record, 48);
  const bool one_file = u32(*record, 16) == 0 && u32(*record, 20) == 0 && u64(*record, 24) == count &&
                        u32(*locator, 4) == 0 && u32(*locator, 16) <= 1;
  const auto agrees = [](std::uint64_t field, std::uint64_t marker, std::uint64_t value) {
    return field == marker || field == value;
  };
  if (!one_file || !agrees(short_one.count, k_max16, count) || !agrees(short_one.size, k_max32, size) ||
      !agrees(short_one.offset, k_max32, offset)) {
    return refused("has a zip64 directory record that contradicts its directory's end");
  }
  return Directory{count, offset, size, at};
}

Result<std::vector<ZipEntry>> DirectoryReader::read_entries(const Directory& directory) const {
  if (directory.count > limits_.entries) {
    return refused("holds " + std::to_string(directory.count) + " entries, more than the limit of " +
                   std::to_string(limits_.entries));
  }
  if (directory.size > k_largest_directory) {
    return refused("has a directory of " + core::to_human(core::Bytes{directory.size}) +
                   ", more than the limit of 64 MiB");
  }
  const auto data = file_.read(directory.offset, static_cast<std::size_t>(directory.size));
  if (!data) {
    return fail(data.error());
  }
  std::vector<ZipEntry> entries;
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < directory.count; ++i) {
    auto entry = read_entry(*data, at);
    if (!entry) {
      return fail(entry.error());
    }
    entries.push_back(std::move(*entry));
  }
  if (at != data->size()) {
    return refused("has a directory of another length than it says");
  }
  return entries;
}

Result<ZipEntry> DirectoryReader::read_entry(const std::string& data, std::size_t& at) const {
  if (data.size() - at < k_entry_size || u32(data, at) != k_directory_entry) {
    return refused("has a damaged directory at entry " + std::to_string(at));
  }
  const std::size_t name = u16(data, at + 28);
  const std::size_t extra = u16(data, at + 30);
  const std::size_t comment = u16(data, at + 32);
  if (data.size() - at - k_entry_size < name + extra + comment) {
    return refused("has a damaged directory: an entry is longer than the directory");
  }
  ZipEntry entry;
  entry.flags = u16(data, at + 8);
  entry.method = u16(data, at + 10);
  entry.crc = u32(data, at + 16);
  entry.packed = u32(data, at + 20);
  entry.unpacked = u32(data, at + 24);
  entry.attributes = u32(data, at + 38);
  entry.header_at = u32(data, at + 42);
  entry.name = data.substr(at + k_entry_size, name);
  ZipSizes sizes{entry.unpacked, entry.packed, entry.header_at};
  const std::string_view fields = std::string_view(data).substr(at + k_entry_size + name, extra);
  if (const std::string fault = read_extra(fields, entry.name, sizes); !fault.empty()) {
    return refused(entry, fault);
  }
  if (u16(data, at + 34) != 0) {
    return refused(entry, "lies in another file of a zip that is spread over several");
  }
  entry.unpacked = sizes.unpacked;
  entry.packed = sizes.packed;
  entry.header_at = sizes.offset.value_or(0);
  at += k_entry_size + name + extra + comment;
  return check_entry(entry).map([&] { return std::move(entry); });
}

Result<void> DirectoryReader::check_entry(const ZipEntry& entry) const {
  if ((entry.flags & k_flags_encrypted) != 0 || entry.method == k_method_aes) {
    return refused(entry, "is encrypted");
  }
  if (entry.method != k_zip_stored && entry.method != k_zip_deflated) {
    return refused(entry, "is compressed by method " + std::to_string(entry.method) +
                              "; only store and deflate are read: pack it anew");
  }
  if (entry.method == k_zip_stored && entry.packed != entry.unpacked) {
    return refused(entry, "is not compressed and has two different sizes");
  }
  return {};
}

Result<void> DirectoryReader::check_local(ZipEntry& entry, const Directory& directory) const {
  if (entry.header_at > directory.offset || directory.offset - entry.header_at < k_local_size) {
    return refused(entry, "lies outside the archive: it is truncated, or a size lies");
  }
  const auto header = file_.read(entry.header_at, k_local_size);
  if (!header) {
    return fail(header.error());
  }
  if (u32(*header, 0) != k_local_header) {
    return refused(entry, "has a damaged header");
  }
  const std::uint64_t names = std::uint64_t{u16(*header, 26)} + u16(*header, 28);
  entry.data_at = entry.header_at + k_local_size + names;
  if (entry.data_at > directory.offset || directory.offset - entry.data_at < entry.packed) {
    return refused(entry, "is larger than the archive: it is truncated, or a size lies");
  }
  const auto text = file_.read(entry.header_at + k_local_size, static_cast<std::size_t>(names));
  if (!text) {
    return fail(text.error());
  }
  if (const auto name = text->substr(0, u16(*header, 26)); name != entry.name) {
    return refused(entry, "has another name in its header than in the directory: '" + printable(name) + "'");
  }
  return check_local_sizes(entry, *header, std::string_view(*text).substr(entry.name.size()));
}

Result<void> DirectoryReader::check_local_sizes(const ZipEntry& entry, const std::string& header,
                                                std::string_view extra) const {
  const std::uint16_t flags = u16(header, 6);
  if ((flags & k_flags_encrypted) != 0) {
    return refused(entry, "is encrypted");
  }
  if (u16(header, 8) != entry.method) {
    return refused(entry, "has another compression in its header than in the directory");
  }
  const bool after = (flags & k_flag_sizes_after) != 0;
  ZipSizes sizes{u32(header, 22), u32(header, 18), std::nullopt};
  if (const std::string fault = read_extra(extra, entry.name, sizes); !fault.empty()) {
    return refused(entry, fault);
  }
  const std::uint32_t crc = u32(header, 14);
  const bool none = after && crc == 0 && sizes.unpacked == 0 && sizes.packed == 0;
  if (!none && (sizes.unpacked != entry.unpacked || sizes.packed != entry.packed || crc != entry.crc)) {
    return refused(entry, "has another size or CRC in its header than in the directory");
  }
  return {};
}

Result<void> DirectoryReader::check_overlaps(std::vector<ZipEntry>& entries) const {
  std::vector<const ZipEntry*> order;
  for (const ZipEntry& entry : entries) {
    order.push_back(&entry);
  }
  std::sort(order.begin(), order.end(),
            [](const ZipEntry* a, const ZipEntry* b) { return a->header_at < b->header_at; });
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (order[i - 1]->data_at + order[i - 1]->packed > order[i]->header_at) {
      return refused(*order[i], "shares bytes with the entry '" + printable(order[i - 1]->name) + "'");
    }
  }
  return {};
}

Result<std::vector<ZipEntry>> DirectoryReader::read() {
  const auto directory = find_end();
  if (!directory) {
    return fail(directory.error());
  }
  auto entries = read_entries(*directory);
  if (!entries) {
    return entries;
  }
  for (ZipEntry& entry : *entries) {
    if (auto same = check_local(entry, *directory); !same) {
      return fail(same.error());
    }
  }
  return check_overlaps(*entries).map([&] { return std::move(*entries); });
}

}  // namespace

Result<std::vector<ZipEntry>> read_zip_directory(const InputFile& file, const ArchiveLimits& limits) {
  return DirectoryReader(file, limits).read();
}

}  // namespace cef::registry
