#include <algorithm>
#include <cstdint>

#include "parts.hpp"

namespace cef::probe {

namespace {

/// /proc/mounts writes a blank as \040.
std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned code = 0;
    if (text[at] == '\\' && at + 3 < text.size() &&
        std::from_chars(text.data() + at + 1, text.data() + at + 4, code, 8).ptr == text.data() + at + 4 &&
        code >= 0x20 && code < 0x100) {
      result += static_cast<char>(code);
      at += 3;
    } else {
      result += text[at];
    }
  }
  return result;
}

struct DfRow {
  std::uint64_t total = 0, used = 0, available = 0;
};

/// "NAME total used available 12% MOUNT", where the names may have blanks in them.
std::optional<DfRow> df_row(std::string_view line) {
  const auto columns = words(line);
  for (std::size_t at = 1; at + 3 < columns.size(); ++at) {
    if (!columns[at + 3].ends_with('%') && columns[at + 3] != "-") {
      continue;
    }
    const auto total = number<std::uint64_t>(columns[at]);
    const auto used = number<std::uint64_t>(columns[at + 1]);
    if (!total || !used) {
      continue;
    }
    // less than nothing is left where root has used its reserve
    return DfRow{*total, *used, number<std::uint64_t>(columns[at + 2]).value_or(0)};
  }
  return std::nullopt;
}

/// What is mounted over something hides it.
void put(std::vector<Disk>& disks, Disk disk) {
  std::erase_if(disks, [&disk](const Disk& other) { return other.mount == disk.mount; });
  disks.push_back(std::move(disk));
}

}  // namespace

std::string_view disk_part() {
  // df is asked for local file systems by name: a dead network share would hang it.
  return R"(disks() {
  seen=
  while read -r dev at type rest; do
    case $type in
      ext[234] | xfs | btrfs | zfs | f2fs | bcachefs | jfs | reiserfs | nilfs2 | jffs2 | ubifs | yaffs2) ;;
      vfat | msdos | exfat | ntfs | ntfs3 | fuseblk | hfsplus) ;;
      *) [ "$at" = / ] || continue ;;
    esac
    case $at in *\\012*) continue ;; esac
    case "$seen " in *" $dev "*) continue ;; esac
    path=$(printf '%b' "$at")
    [ -d "$path" ] || continue
    seen="$seen $dev"
    echo "fs $type $dev"
    echo "at $at"
    bound 4 df -Pk "$path" | sed -n '2,$s/^/k /p'
    bound 4 df -Pi "$path" | sed -n '2,$s/^/i /p'
  done </proc/mounts
}
ask disk 12 disks
)";
}

std::vector<Disk> parse_disks(const Sections& sections) {
  constexpr std::uint64_t k_kibi = 1024;
  std::vector<Disk> disks;
  Disk current;
  for (const auto& line : lines_of(sections, "disk")) {
    if (const auto file_system = after(line, "fs ")) {
      const auto parts = fields(*file_system, ' ', 2);
      current = {};
      current.type = std::string(parts.front());
      current.device = unescaped(parts.back());
    } else if (const auto mount = after(line, "at ")) {
      current.mount = unescaped(*mount);
    } else if (const auto space = after(line, "k ")) {
      const auto row = df_row(*space);
      if (row && row->total > 0 && !current.mount.empty()) {
        current.size = {row->total * k_kibi};
        current.used = {row->used * k_kibi};
        current.available = {row->available * k_kibi};
        put(disks, current);
      }
    } else if (const auto inodes = after(line, "i ")) {
      const auto row = df_row(*inodes);
      if (row && row->total > 0 && !disks.empty() && disks.back().mount == current.mount) {
        disks.back().inodes = row->total;
        disks.back().inodes_free = row->total - std::min(row->total, row->used);
        disks.back().inodes_used_percent = 100 * static_cast<double>(row->used) / static_cast<double>(row->total);
      }
    }
  }
  return disks;
}

}  // namespace cef::probe
