#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

#include "parts.hpp"

namespace cef::probe {

namespace {

// The first eight columns of /proc/stat, proc(5). Guest time is part of user.
constexpr std::array<const char*, 8> k_modes{"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"};
constexpr std::size_t k_idle = 3;
constexpr std::size_t k_iowait = 4;
using Ticks = std::array<std::uint64_t, k_modes.size()>;

/// "cpu" is all together, "cpu0" is one.
std::map<std::string, Ticks, std::less<>> ticks(const Lines& lines) {
  std::map<std::string, Ticks, std::less<>> all;
  for (const auto& line : lines) {
    const auto columns = words(line);
    if (columns.empty() || !columns[0].starts_with("cpu")) {
      continue;
    }
    Ticks& row = all[std::string(columns[0])];
    for (std::size_t mode = 0; mode < row.size() && mode + 1 < columns.size(); ++mode) {
      row[mode] = number<std::uint64_t>(columns[mode + 1]).value_or(0);
    }
  }
  return all;
}

/// Single columns of /proc/stat may go back (iowait does): they count as nothing.
double busy_percent(const Ticks& before, const Ticks& now) {
  double total = 0;
  double busy = 0;
  for (std::size_t mode = 0; mode < now.size(); ++mode) {
    const double spent = now[mode] > before[mode] ? static_cast<double>(now[mode] - before[mode]) : 0;
    total += spent;
    busy += mode == k_idle || mode == k_iowait ? 0 : spent;
  }
  return total > 0 ? 100 * busy / total : 0;
}

std::map<std::string, double> seconds(const Ticks& row, double hertz) {
  std::map<std::string, double> by_mode;
  for (std::size_t mode = 0; mode < k_modes.size(); ++mode) {
    by_mode[k_modes[mode]] = static_cast<double>(row[mode]) / (hertz > 0 ? hertz : 100);
  }
  return by_mode;
}

void put_utilisation(const Sections& sections, CpuFacts& facts) {
  const auto before = ticks(lines_of(sections, "stat1"));
  const auto now = ticks(lines_of(sections, "stat2"));
  const double hertz = number<double>(first_line(sections, "hertz")).value_or(100);
  std::vector<std::pair<unsigned, double>> cores;
  for (const auto& [name, row] : now) {
    const auto earlier = before.find(name);
    const double percent = earlier == before.end() ? 0 : busy_percent(earlier->second, row);
    if (name == "cpu") {
      facts.utilisation_percent = percent;
      facts.seconds_by_mode = seconds(row, hertz);
    } else if (const auto core = number<unsigned>(std::string_view(name).substr(3))) {
      cores.emplace_back(*core, percent);
      facts.core_seconds_by_mode[*core] = seconds(row, hertz);
    }
  }
  std::sort(cores.begin(), cores.end());
  facts.cores = cores.size();
  for (const auto& core : cores) {
    facts.core_utilisation_percent.push_back(core.second);
  }
}

/// On 64-bit Arm /proc/cpuinfo does not name the processor; on 32-bit Arm only its architecture.
std::string model(const Sections& sections) {
  const Lines& info = lines_of(sections, "cpuinfo");
  std::string said = value_of(info, "model name");
  if (!said.empty() && !said.starts_with("ARMv")) {
    return said;
  }
  if (std::string name = value_of(lines_of(sections, "lscpu"), "Model name"); !name.empty() && name != "-") {
    return name;
  }
  for (const char* key : {"cpu model", "Hardware", "Model"}) {
    if (!said.empty()) {
      break;
    }
    said = value_of(info, key);
  }
  return said;
}

std::optional<double> frequency(const Sections& sections) {
  std::vector<double> mhz;
  for (const auto& line : lines_of(sections, "cpufreq")) {
    if (const auto khz = number<double>(line); khz && *khz > 0) {
      mhz.push_back(*khz / 1000);
    }
  }
  if (mhz.empty()) {
    for (const auto& line : lines_of(sections, "cpumhz")) {
      if (const auto value = number<double>(fields(line, ':', 2).back()); value && *value > 0) {
        mhz.push_back(*value);
      }
    }
  }
  if (mhz.empty()) {
    return std::nullopt;
  }
  return std::accumulate(mhz.begin(), mhz.end(), 0.0) / static_cast<double>(mhz.size());
}

}  // namespace

std::string_view cpu_part() {
  // Old x86 kernels take 20 ms to tell the frequency of one core: many cores are asked at once, by /proc/cpuinfo.
  return R"(echo @cef:hertz; getconf CLK_TCK
echo @cef:load; cat /proc/loadavg
echo @cef:cpuinfo; grep -E '^(model name|Model|Hardware|cpu model)' /proc/cpuinfo | head -n 8
echo @cef:lscpu; grep '^model name' /proc/cpuinfo | grep -qv ': ARMv' || bound 3 lscpu | grep '^Model name'
echo @cef:cpufreq; set -- /sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_cur_freq; [ $# -le 64 ] && cat "$@"
echo @cef:cpumhz; grep '^cpu MHz' /proc/cpuinfo
)";
}

CpuFacts parse_cpu(const Sections& sections) {
  CpuFacts facts;
  facts.model = model(sections);
  const std::string load_line = first_line(sections, "load");
  const auto loads = words(load_line);
  if (loads.size() >= 3) {
    facts.load_1m = number<double>(loads[0]).value_or(0);
    facts.load_5m = number<double>(loads[1]).value_or(0);
    facts.load_15m = number<double>(loads[2]).value_or(0);
  }
  put_utilisation(sections, facts);
  facts.frequency_mhz = frequency(sections);
  return facts;
}

}  // namespace cef::probe
