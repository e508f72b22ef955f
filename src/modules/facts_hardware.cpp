#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>

#include "facts.hpp"
#include "text.hpp"

namespace cef::modules {

using core::Json;

namespace {

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  return begin == std::string::npos ? "" : strip_end(text.substr(begin), " \t\r\n");
}

/// Counts of /proc/cpuinfo as Ansible takes them.
struct CpuCount {
  long long entries = 0, vendors = 0, models = 0, processors = 0;
  std::map<std::string, long long> sockets, cores;
  std::string socket = "0", core = "0";
};

void count_line(CpuCount& count, const std::string& key, const std::string& value, Json& processor) {
  if (key == "model name" || key == "Processor" || key == "vendor_id" || key == "cpu" || key == "Vendor" ||
      key == "processor") {
    processor.push_back(value);
    count.vendors += key == "vendor_id" ? 1 : 0;
    count.models += key == "model name" ? 1 : 0;
    count.processors += key == "processor" ? 1 : 0;
    ++count.entries;
  } else if (key == "physical id") {
    count.socket = value;
    count.sockets.try_emplace(value, 1);
  } else if (key == "core id") {
    count.core = value;
    count.cores[value] = 1;
  } else if (key == "cpu cores") {
    count.sockets[count.socket] = number_of(value);
  } else if (key == "siblings") {
    count.cores[count.core] = number_of(value);
  }
}

/// Those on which the script may run: a mask as "f" or "ff,ffffffff".
long long usable_processors(const RawFacts& raw) {
  long long count = 0;
  for (const std::string& mask : raw.status("Cpus_allowed")) {
    for (const char digit : mask) {
      const int value = digit >= '0' && digit <= '9'   ? digit - '0'
                        : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                                                       : 0;
      count += std::popcount(static_cast<unsigned>(value));
    }
  }
  return count;
}

void add_cpu(const RawFacts& raw, Json& facts) {
  Json processor = Json::array();
  CpuCount count;
  for (const std::string& line : raw.lines("cpuinfo")) {
    const std::size_t colon = line.find(':');
    count_line(count, trimmed(line.substr(0, colon)), colon == std::string::npos ? "" : trimmed(line.substr(colon + 1)),
               processor);
  }
  long long entries = count.vendors > 0 && count.vendors == count.models ? count.vendors : count.entries;
  const std::string machine = facts.value("architecture", "");
  if (machine.starts_with("armv") || machine.starts_with("aarch") || machine.starts_with("ppc")) {
    entries = count.processors;
  }
  facts["processor"] = std::move(processor);
  const long long sockets = count.sockets.empty() ? entries : static_cast<long long>(count.sockets.size());
  const long long cores =
      count.sockets.empty() || count.sockets.begin()->second == 0 ? 1 : count.sockets.begin()->second;
  const long long threads = count.cores.empty() ? 1 / cores : count.cores.begin()->second / cores;
  facts["processor_count"] = sockets;
  facts["processor_cores"] = cores;
  facts["processor_threads_per_core"] = threads;
  facts["processor_vcpus"] = threads * sockets * cores;
  const long long usable = usable_processors(raw);
  facts["processor_nproc"] = usable > 0 ? usable : count.processors;
}

void add_memory(const RawFacts& raw, Json& facts) {
  std::map<std::string, long long> mb;
  for (const std::string& line : raw.lines("meminfo")) {
    if (const std::size_t colon = line.find(':'); colon != std::string::npos) {
      mb[line.substr(0, colon)] = number_of(line.substr(colon + 1)) / 1024;
    }
  }
  if (mb.empty()) {
    return;
  }
  facts["memtotal_mb"] = mb["MemTotal"];
  facts["memfree_mb"] = mb["MemFree"];
  facts["swaptotal_mb"] = mb["SwapTotal"];
  facts["swapfree_mb"] = mb["SwapFree"];
  const long long available = mb["Cached"] + mb["MemFree"] + mb["Buffers"];
  facts["memory_mb"] = {
      {"real", {{"total", mb["MemTotal"]}, {"used", mb["MemTotal"] - mb["MemFree"]}, {"free", mb["MemFree"]}}},
      {"nocache", {{"free", available}, {"used", mb["MemTotal"] - available}}},
      {"swap",
       {{"total", mb["SwapTotal"]},
        {"free", mb["SwapFree"]},
        {"used", mb["SwapTotal"] - mb["SwapFree"]},
        {"cached", mb["SwapCached"]}}}};
}

/// "\040" of /proc/mounts.
std::string without_escapes(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

void add_sizes(Json& mount, const std::string& line) {
  const auto words = words_of(line);
  if (words.size() < 6) {
    return;
  }
  const long long unit = number_of(words[1]);
  const long long total = number_of(words[2]);
  const long long available = number_of(words[3]);
  const long long inodes = number_of(words[4]);
  const long long free = number_of(words[5]);
  mount["size_total"] = unit * total;
  mount["size_available"] = unit * available;
  mount["block_size"] = number_of(words[0]);
  mount["block_total"] = total;
  mount["block_available"] = available;
  mount["block_used"] = total - available;
  mount["inode_total"] = inodes;
  mount["inode_available"] = free;
  mount["inode_used"] = inodes - free;
}

void add_mounts(const RawFacts& raw, Json& facts) {
  std::map<std::string, std::string> sizes;
  for (const std::string& line : raw.lines("statfs")) {
    const std::size_t mark = line.find('\1');
    sizes[line.substr(0, mark)] = mark == std::string::npos ? "" : line.substr(mark + 1);
  }
  std::map<std::string, std::string> uuids;
  for (const std::string& line : raw.lines("lsblk")) {
    if (const auto words = words_of(line); words.size() > 1) {
      uuids[words[0]] = words[1];
    }
  }
  std::map<std::string, bool> bound;
  for (const std::string& line : raw.lines("mountinfo")) {
    if (const auto words = words_of(line); words.size() > 4 && words[3] != "/") {
      bound[words[4]] = true;
    }
  }
  Json mounts = Json::array();
  for (const std::string& line : raw.lines("mounts")) {
    const auto words = words_of(line);
    if (words.size() < 4 || words[2] == "none" ||
        (!words[0].starts_with('/') && words[0].find(":/") == std::string::npos)) {
      continue;
    }
    const std::string device = without_escapes(words[0]);
    Json mount = {
        {"mount", without_escapes(words[1])}, {"device", device}, {"fstype", words[2]}, {"options", words[3]}};
    if (bound[words[1]]) {
      mount["options"] = words[3] + ",bind";
    }
    add_sizes(mount, sizes[without_escapes(words[1])]);
    mount["uuid"] = uuids.contains(device) ? uuids[device] : "N/A";
    mounts.push_back(std::move(mount));
  }
  facts["mounts"] = std::move(mounts);
}

std::string form_factor(long long type) {
  static constexpr std::array<const char*, 37> k_names = {"Unknown",
                                                          "Other",
                                                          "Unknown",
                                                          "Desktop",
                                                          "Low Profile Desktop",
                                                          "Pizza Box",
                                                          "Mini Tower",
                                                          "Tower",
                                                          "Portable",
                                                          "Laptop",
                                                          "Notebook",
                                                          "Hand Held",
                                                          "Docking Station",
                                                          "All In One",
                                                          "Sub Notebook",
                                                          "Space-saving",
                                                          "Lunch Box",
                                                          "Main Server Chassis",
                                                          "Expansion Chassis",
                                                          "Sub Chassis",
                                                          "Bus Expansion Chassis",
                                                          "Peripheral Chassis",
                                                          "RAID Chassis",
                                                          "Rack Mount Chassis",
                                                          "Sealed-case PC",
                                                          "Multi-system",
                                                          "CompactPCI",
                                                          "AdvancedTCA",
                                                          "Blade",
                                                          "Blade Enclosure",
                                                          "Tablet",
                                                          "Convertible",
                                                          "Detachable",
                                                          "IoT Gateway",
                                                          "Embedded PC",
                                                          "Mini PC",
                                                          "Stick PC"};
  return type >= 0 && type < static_cast<long long>(k_names.size()) ? k_names[static_cast<std::size_t>(type)]
                                                                    : "unknown (" + std::to_string(type) + ")";
}

void add_dmi(const RawFacts& raw, Json& facts) {
  for (const char* key :
       {"bios_date", "bios_vendor", "bios_version", "board_asset_tag", "board_name", "board_serial", "board_vendor",
        "board_version", "chassis_asset_tag", "chassis_serial", "chassis_vendor", "chassis_version", "form_factor",
        "product_name", "product_serial", "product_uuid", "product_version", "system_vendor"}) {
    facts[key] = "NA";
  }
  for (const FactFile& file : fact_files()) {
    if (!file.name.starts_with("dmi/") || !raw.has(file.name)) {
      continue;
    }
    const std::string key = file.name.substr(4);
    const std::string value = trimmed(valid_text(raw.line(file.name)));
    if (key == "chassis_type") {
      facts["form_factor"] = value.empty() ? "NA" : form_factor(number_of(value));
    } else {
      facts[key == "sys_vendor" ? "system_vendor" : key] = value.empty() ? "NA" : value;
    }
  }
}

}  // namespace

void add_hardware_facts(const RawFacts& raw, Json& facts) {
  add_cpu(raw, facts);
  add_memory(raw, facts);
  add_mounts(raw, facts);
  add_dmi(raw, facts);
  add_device_facts(raw, facts);
  facts["uptime_seconds"] = number_of(raw.line("uptime"));
  facts["lvm"] = "N/A";
}

}  // namespace cef::modules
