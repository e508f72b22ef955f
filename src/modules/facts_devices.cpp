#include <algorithm>
#include <array>
#include <cstdio>

#include "facts.hpp"
#include "text.hpp"

namespace cef::modules {

using core::Json;

namespace {

/// "ids", "uuids", "labels", "masters" → device → names.
using Links = std::map<std::string, std::map<std::string, std::vector<std::string>>>;

/// Out of what `ls -l` said of the folders of links, and "MASTER DEVICE" lines.
Links read_links(const RawFacts& raw) {
  static const std::map<std::string, std::string> names = {
      {"/dev/disk/by-id:", "ids"}, {"/dev/disk/by-uuid:", "uuids"}, {"/dev/disk/by-label:", "labels"}};
  Links links;
  std::string kind;
  for (const std::string& line : raw.lines("by")) {
    if (const auto name = names.find(line); name != names.end()) {
      kind = name->second;
      continue;
    }
    const auto words = words_of(line);
    const std::size_t arrow = line.find(" -> ");
    if (words.size() > 10 && line.starts_with('l') && arrow != std::string::npos && !kind.empty()) {
      links[kind][line.substr(line.rfind('/') + 1)].push_back(words[8]);
    }
  }
  for (const std::string& line : raw.lines("slaves")) {
    if (const auto words = words_of(line); words.size() == 2) {
      links["masters"][words[1]].push_back(words[0]);
    }
  }
  return links;
}

/// Files of a device by their names below its folder; "start", "size", … of its partitions below their names.
using Files = std::map<std::string, std::string>;

/// Device → its files, out of "DEVICE/FILE:LINE" lines, of which the first of a file counts.
std::map<std::string, Files> read_devices(const RawFacts& raw, const char* part) {
  std::map<std::string, Files> devices;
  for (const std::string& line : raw.lines(part)) {
    const std::size_t slash = line.find('/');
    const std::size_t colon = line.find(':', slash == std::string::npos ? line.size() : slash);
    if (colon != std::string::npos) {
      devices[line.substr(0, slash)].try_emplace(line.substr(slash + 1, colon - slash - 1), line.substr(colon + 1));
    }
  }
  return devices;
}

/// Of the devices of zram that were never set up, only one was asked for all that it has.
void complete_zram(std::map<std::string, Files>& disks) {
  const auto idle = [](const auto& disk) {
    const auto size = disk.second.find("size");
    return disk.first.starts_with("zram") && size != disk.second.end() && size->second == "0";
  };
  const auto whole = std::find_if(disks.begin(), disks.end(),
                                  [&](const auto& disk) { return idle(disk) && disk.second.contains("removable"); });
  for (auto& disk : disks) {
    if (whole != disks.end() && idle(disk)) {
      disk.second.insert(whole->second.begin(), whole->second.end());
    }
  }
}

Json links_of(Links& links, const std::string& device) {
  Json json = Json::object();
  for (const char* kind : {"ids", "labels", "masters", "uuids"}) {
    json[kind] = links[kind][device];
  }
  return json;
}

/// As Ansible writes sizes: "29.72 GB".
std::string human_size(double bytes) {
  static constexpr std::array<const char*, 6> k_units = {"Bytes", "KB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < k_units.size()) {
    bytes /= 1024;
    ++unit;
  }
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.2f %s", bytes, k_units[unit]);
  return text.data();
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  return begin == std::string::npos ? "" : strip_end(text.substr(begin), " \t\n");
}

Json text_or_null(const std::string& text) {
  const std::string value = trimmed(valid_text(text));
  return value.empty() ? Json(nullptr) : Json(value);
}

std::string scheduler(const std::string& text) {
  const std::size_t open = text.find('[');
  const std::size_t close = text.find(']', open == std::string::npos ? 0 : open);
  return open == std::string::npos || close == std::string::npos ? "" : text.substr(open + 1, close - open - 1);
}

std::string file_of(const Files& files, const std::string& name) {
  const auto found = files.find(name);
  return found == files.end() ? "" : found->second;
}

Json disk_of(const std::string& name, const Files& files, Links& links) {
  const auto of_device = [&](const char* file) { return file_of(files, std::string("device/") + file); };
  const bool physical = !of_device("model").empty() || !of_device("vendor").empty() || name.starts_with("mmcblk") ||
                        name.starts_with("nvme") || name.starts_with("sd") || name.starts_with("vd");
  Json disk = {{"virtual", 1}, {"links", links_of(links, name)}};
  for (const char* file : {"vendor", "model", "sas_address", "sas_device_handle"}) {
    disk[file] = text_or_null(of_device(file));
  }
  if (physical && !trimmed(of_device("serial")).empty()) {
    disk["serial"] = trimmed(of_device("serial"));
  }
  disk["removable"] = text_or_null(file_of(files, "removable"));
  disk["support_discard"] = text_or_null(file_of(files, "queue/discard_granularity"));
  disk["partitions"] = Json::object();
  disk["rotational"] = text_or_null(file_of(files, "queue/rotational"));
  disk["scheduler_mode"] = scheduler(file_of(files, "queue/scheduler"));
  const std::string size = file_of(files, "size");
  const std::string sectors = size.empty() ? "0" : size;
  disk["sectors"] = sectors;
  const std::string sector = file_of(files, "queue/logical_block_size");
  disk["sectorsize"] = sector.empty() ? "512" : sector;
  disk["size"] = human_size(static_cast<double>(number_of(sectors)) * 512);
  disk["host"] = "";
  disk["holders"] = Json::array();
  return disk;
}

Json partition_of(const std::string& name, const Files& files, Links& links) {
  const auto& uuids = links["uuids"][name];
  const std::string sectors = file_of(files, name + "/size");
  const std::string sector = file_of(files, name + "/queue/logical_block_size");
  return {{"links", links_of(links, name)},
          {"start", file_of(files, name + "/start")},
          {"sectors", sectors},
          {"sectorsize", sector.empty() ? Json(512) : Json(sector)},
          {"size", human_size(static_cast<double>(number_of(sectors)) * 512)},
          {"uuid", uuids.empty() ? Json(nullptr) : Json(uuids.front())},
          {"holders", Json::array()}};
}

}  // namespace

void add_device_facts(const RawFacts& raw, Json& facts) {
  Links links = read_links(raw);
  Json devices = Json::object();
  auto disks = read_devices(raw, "blocks");
  complete_zram(disks);
  for (const auto& [name, files] : disks) {
    devices.get_ref<Json::object_t&>().emplace_back(name, disk_of(name, files, links));  // [] would search them all
  }
  for (const auto& [disk, files] : read_devices(raw, "parts")) {
    for (const auto& [file, value] : files) {
      if (const std::size_t slash = file.find('/'); file.substr(slash + 1) == "start" && devices.contains(disk)) {
        const std::string name = file.substr(0, slash);
        devices[disk]["partitions"][name] = partition_of(name, files, links);
      }
    }
  }
  for (const auto& [device, masters] : links["masters"]) {
    for (const std::string& master : masters) {
      const auto files = disks.find(master);
      if (devices.contains(device) && master.starts_with("dm-") && files != disks.end()) {
        const std::string mapped = file_of(files->second, "dm/name");
        devices[device]["holders"].push_back(mapped.empty() ? master : mapped);
      }
    }
  }
  facts["devices"] = std::move(devices);
  Json all = Json::object();
  for (const char* kind : {"ids", "labels", "masters", "uuids"}) {
    all[kind] = Json::object();
    for (const auto& [device, names] : links[kind]) {
      if (!names.empty()) {
        all[kind][device] = names;
      }
    }
  }
  facts["device_links"] = std::move(all);
}

}  // namespace cef::modules
