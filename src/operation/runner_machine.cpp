#include "runner_machine.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cef/core/file.hpp"

namespace cef::operation {

namespace {

namespace fs = std::filesystem;
using core::operator""_MiB;

std::string text_of(const fs::path& path) {
  return core::read_file(path, 1_MiB).value_or(std::string());
}

/// The value of "key<spaces>: value" lines, trimmed.
std::optional<std::string> value_after(std::string_view line, std::string_view key) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view name = line.substr(0, colon);
  name = name.substr(0, name.find_last_not_of(" \t") + 1);
  if (name != key) {
    return std::nullopt;
  }
  const std::size_t start = line.find_first_not_of(" \t", colon + 1);
  return start == std::string_view::npos ? std::string() : std::string(line.substr(start));
}

template <class Visit>
void each_line(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end != text.data() ? std::optional(value) : std::nullopt;
}

/// This process's folder in a cgroup hierarchy and all above it. `controller` "" is version 2.
std::vector<fs::path> cgroup_folders(std::string_view controller, const fs::path& root) {
  std::vector<fs::path> folders;
  each_line(text_of("/proc/self/cgroup"), [&](std::string_view line) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string_view::npos || line.substr(first + 1, second - first - 1) != controller) {
      return;
    }
    fs::path below = fs::path(line.substr(second + 1)).relative_path();
    for (; !below.empty(); below = below.parent_path()) {
      folders.push_back(root / below);
    }
    folders.push_back(root);
  });
  return folders;
}

void lower(std::optional<double>& limit, std::optional<double> other) {
  if (other && *other > 0 && (!limit || *other < *limit)) {
    limit = other;
  }
}

/// Bytes left below the tightest memory limit of this process's cgroups.
std::optional<double> memory_left() {
  std::optional<double> left;
  const auto consider = [&left](const fs::path& folder, const char* limit_name, const char* usage_name,
                                const char* cache_name) {
    const auto limit = number(text_of(folder / limit_name));
    const auto usage = number(text_of(folder / usage_name));
    if (limit && usage && *limit < 1e15) {  // version 1 says "no limit" by a number near 2^63
      const double cache = stat_field(text_of(folder / "memory.stat"), cache_name).value_or(0.0);
      lower(left, std::max(1.0, *limit - std::max(0.0, *usage - cache)));
    }
  };
  for (const auto& folder : cgroup_folders("", "/sys/fs/cgroup")) {
    consider(folder, "memory.max", "memory.current", "inactive_file");
  }
  for (const auto& folder : cgroup_folders("memory", "/sys/fs/cgroup/memory")) {
    consider(folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
  }
  return left;
}

int usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

}  // namespace

int physical_cores(std::string_view cpuinfo) {
  std::set<std::pair<std::string, std::string>> cores;
  std::string package = "0";
  each_line(cpuinfo, [&](std::string_view line) {
    package = value_after(line, "physical id").value_or(package);
    if (auto core = value_after(line, "core id")) {
      cores.emplace(package, std::move(*core));
    }
  });
  return static_cast<int>(cores.size());
}

std::string cpu_model(std::string_view cpuinfo) {
  std::string found;
  for (const char* key : {"Hardware", "Model", "model name"}) {
    each_line(cpuinfo, [&](std::string_view line) { found = value_after(line, key).value_or(found); });
  }
  return found;
}

std::optional<core::Bytes> memory_field(std::string_view meminfo, std::string_view field) {
  std::optional<core::Bytes> found;
  each_line(meminfo, [&](std::string_view line) {
    if (const auto value = value_after(line, field)) {
      if (const auto kilobytes = number(*value)) {
        found = core::Bytes{static_cast<std::uint64_t>(*kilobytes) * 1024U};
      }
    }
  });
  return found;
}

std::optional<double> stat_field(std::string_view stat, std::string_view field) {
  std::optional<double> found;
  each_line(stat, [&](std::string_view line) {
    const std::size_t space = line.find(' ');
    if (space != std::string_view::npos && line.substr(0, space) == field) {
      found = number(line.substr(space + 1));
    }
  });
  return found;
}

std::optional<double> cpu_quota(std::string_view cpu_max) {
  const std::size_t space = cpu_max.find(' ');
  const auto quota = number(cpu_max.substr(0, space));
  const auto period = space == std::string_view::npos ? std::nullopt : number(cpu_max.substr(space + 1));
  return quota && period && *period > 0 ? std::optional(*quota / *period) : std::nullopt;
}

std::optional<double> cpu_quota_cores() {
  std::optional<double> limit;
  for (const auto& folder : cgroup_folders("", "/sys/fs/cgroup")) {
    lower(limit, cpu_quota(text_of(folder / "cpu.max")));
  }
  for (const char* controller : {"cpu", "cpu,cpuacct", "cpuacct,cpu"}) {
    for (const auto& folder : cgroup_folders(controller, "/sys/fs/cgroup/cpu")) {
      const auto quota = number(text_of(folder / "cpu.cfs_quota_us"));
      const auto period = number(text_of(folder / "cpu.cfs_period_us"));
      if (quota && period && *quota > 0 && *period > 0) {
        lower(limit, *quota / *period);
      }
    }
  }
  return limit;
}

int usable_core_count() {
  const int cores = physical_cores(text_of("/proc/cpuinfo"));
  return cores > 0 ? std::min(cores, usable_cpus()) : usable_cpus();
}

double usable_cores() {
  const double cores = usable_core_count();
  return std::min(cores, cpu_quota_cores().value_or(cores));
}

double busy_ticks(std::string_view proc_stat, const std::function<bool(int)>& mine) {
  double ticks = 0;
  each_line(proc_stat, [&](std::string_view line) {
    std::istringstream fields{std::string(line)};
    std::string name;
    fields >> name;
    const auto cpu = name.starts_with("cpu") ? number(name.substr(3)) : std::nullopt;
    if (!cpu || !mine(static_cast<int>(*cpu))) {
      return;
    }
    // user nice system idle iowait irq softirq steal; guest times are part of user's.
    double value = 0;
    for (int column = 0; column < 8 && fields >> value; ++column) {
      ticks += column == 3 || column == 4 ? 0.0 : value;
    }
  });
  return ticks;
}

double busy_cpu_seconds() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const bool known = sched_getaffinity(0, sizeof set, &set) == 0;
  const double ticks =
      busy_ticks(text_of("/proc/stat"), [&](int cpu) { return !known || (cpu < CPU_SETSIZE && CPU_ISSET(cpu, &set)); });
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

bench::EdgeStatus machine_status() {
  bench::EdgeStatus status;
  status.memory_available = memory_field(text_of("/proc/meminfo"), "MemAvailable").value_or(core::Bytes{});
  if (const auto left = memory_left()) {
    status.memory_available = std::min(status.memory_available, core::Bytes{static_cast<std::uint64_t>(*left)});
  }
  status.load_1min = number(text_of("/proc/loadavg")).value_or(0.0);
  return status;
}

EdgeEnvironment this_machine(int threads) {
  EdgeEnvironment machine;
  const std::string cpuinfo = text_of("/proc/cpuinfo");
  machine.cpu_model = cpu_model(cpuinfo);
  machine.cpus = usable_cpus();
  machine.cores = usable_core_count();
  const double quota = cpu_quota_cores().value_or(machine.cores);
  machine.threads = threads > 0 ? threads : std::clamp(static_cast<int>(std::floor(quota)), 1, machine.cores);
  machine.memory = memory_field(text_of("/proc/meminfo"), "MemTotal").value_or(core::Bytes{});
  utsname name{};
  if (uname(&name) == 0) {
    machine.kernel = std::string(name.sysname) + " " + name.release;
    machine.architecture = name.machine;
  }
  machine.cef_version = CEF_VERSION;
  machine.load_1min = machine_status().load_1min;
  return machine;
}

}  // namespace cef::operation
