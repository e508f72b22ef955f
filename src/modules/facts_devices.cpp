#include <array>
#include <cstdio>

#include "facts.hpp"
#include "text.hpp"

namespace cef::modules {

using core::Json;

namespace {

/// "ids", "uuids", "labels", "masters" → device → names.
using Links = std::map<std::string, std::map<std::string, std::vector<std::string>>>;

Links read_links(const RawFacts& raw) {
  static const std::map<std::string, std::string> names = {
      {"id", "ids"}, {"uuid", "uuids"}, {"label", "labels"}, {"master", "masters"}};
  Links links;
  const auto parts = parts_of(raw.get("links"), '\1');
  for (std::size_t i = 0; i + 2 < parts.size(); i += 3) {
    const std::string& target = parts[i + 2];
    if (const auto name = names.find(parts[i]); name != names.end()) {
      links[name->second][target.substr(target.rfind('/') + 1)].push_back(parts[i + 1]);
    }
  }
  return links;
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

Json disk_of(const std::string& name, const std::vector<std::string>& parts, std::size_t at, Links& links) {
  const auto field = [&](std::size_t i) { return at + i < parts.size() ? parts[at + i] : std::string(); };
  const bool physical = !field(1).empty() || !field(0).empty() || name.starts_with("mmcblk") ||
                        name.starts_with("nvme") || name.starts_with("sd") || name.starts_with("vd");
  Json disk = {{"virtual", 1}, {"links", links_of(links, name)}};
  disk["vendor"] = text_or_null(field(0));
  disk["model"] = text_or_null(field(1));
  disk["sas_address"] = text_or_null(field(2));
  disk["sas_device_handle"] = text_or_null(field(3));
  if (physical && !trimmed(field(4)).empty()) {
    disk["serial"] = trimmed(field(4));
  }
  disk["removable"] = text_or_null(field(5));
  disk["support_discard"] = text_or_null(field(6));
  disk["partitions"] = Json::object();
  disk["rotational"] = text_or_null(field(7));
  disk["scheduler_mode"] = scheduler(field(8));
  const std::string sectors = field(9).empty() ? "0" : field(9);
  disk["sectors"] = sectors;
  disk["sectorsize"] = field(10).empty() ? "512" : field(10);
  disk["size"] = human_size(static_cast<double>(number_of(sectors)) * 512);
  disk["host"] = "";
  disk["holders"] = words_of(field(11));
  return disk;
}

Json partition_of(const std::string& name, const std::vector<std::string>& parts, std::size_t at, Links& links) {
  const auto field = [&](std::size_t i) { return at + i < parts.size() ? parts[at + i] : std::string(); };
  const auto& uuids = links["uuids"][name];
  return {{"links", links_of(links, name)},
          {"start", field(0)},
          {"sectors", field(1)},
          {"sectorsize", field(2).empty() ? Json(512) : Json(field(2))},
          {"size", human_size(static_cast<double>(number_of(field(1))) * 512)},
          {"uuid", uuids.empty() ? Json(nullptr) : Json(uuids.front())},
          {"holders", Json::array()}};
}

}  // namespace

void add_device_facts(const RawFacts& raw, Json& facts) {
  Links links = read_links(raw);
  Json devices = Json::object();
  const auto parts = parts_of(raw.get("blocks"), '\1');
  std::string disk;
  for (std::size_t i = 0; i + 1 < parts.size();) {
    const std::string& name = parts[i + 1];
    if (parts[i] == "disk") {
      disk = name;
      devices[disk] = disk_of(name, parts, i + 2, links);
      i += 14;
    } else if (parts[i] == "part" && !disk.empty()) {
      devices[disk]["partitions"][name] = partition_of(name, parts, i + 2, links);
      i += 5;
    } else {
      ++i;
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
