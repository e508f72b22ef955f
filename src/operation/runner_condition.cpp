#include <algorithm>
#include <chrono>
#include <filesystem>
#include <sstream>
#include <thread>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cef/core/file.hpp"
#include "runner_machine.hpp"

namespace cef::operation {

namespace fs = std::filesystem;
using core::operator""_KiB;

namespace {

constexpr std::chrono::milliseconds k_window{300};

std::optional<double> number_in(const fs::path& file) {
  const auto text = core::read_file(file, 64_KiB);
  std::istringstream in(text.value_or(std::string()));
  double value = 0;
  return in >> value ? std::optional(value) : std::nullopt;
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

double own_cpu_seconds() {
  rusage usage{};
  return ::getrusage(RUSAGE_SELF, &usage) == 0 ? seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime) : 0.0;
}

std::set<int> usable_cpu_numbers() {
  std::set<int> numbers;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &set)) {
        numbers.insert(cpu);
      }
    }
  }
  return numbers;
}

struct Sample {
  double busy = 0;
  double own = 0;
  bench::Seconds clock{0};
};

Sample sample(const std::set<int>& cpus) {
  const auto stat = core::read_file("/proc/stat", core::Bytes{4U << 20U});
  return {busy_seconds(stat.value_or(std::string()), cpus, static_cast<double>(::sysconf(_SC_CLK_TCK))),
          own_cpu_seconds(), std::chrono::steady_clock::now().time_since_epoch()};
}

/// The hottest zone that is called after a processor, else the hottest of all.
std::optional<double> cpu_temperature() {
  std::optional<double> of_cpu;
  std::optional<double> of_all;
  std::error_code error;
  for (const auto& zone : fs::directory_iterator("/sys/class/thermal", error)) {
    const auto milli = number_in(zone.path() / "temp");
    if (zone.path().filename().string().rfind("thermal_zone", 0) != 0 || !milli) {
      continue;
    }
    const double celsius = *milli / 1000.0;
    const std::string type = core::read_file(zone.path() / "type", 4_KiB).value_or(std::string());
    const bool cpu = type.find("cpu") != std::string::npos || type.find("x86_pkg") != std::string::npos;
    of_all = std::max(of_all.value_or(celsius), celsius);
    of_cpu = cpu ? std::optional(std::max(of_cpu.value_or(celsius), celsius)) : of_cpu;
  }
  return of_cpu ? of_cpu : of_all;
}

/// The Raspberry Pi's firmware says it in bits 0 to 3: under-voltage, capped, throttled, soft temperature limit.
std::optional<bool> throttled_now() {
  const auto text = core::read_file("/sys/devices/platform/soc/soc:firmware/get_throttled", 4_KiB);
  if (!text) {
    return std::nullopt;
  }
  std::istringstream in(*text);
  unsigned long bits = 0;
  in >> std::hex >> bits;
  return in ? std::optional((bits & 0xFU) != 0) : std::nullopt;
}

}  // namespace

double busy_seconds(std::string_view stat, const std::set<int>& cpus, double ticks_per_second) {
  double ticks = 0;
  std::istringstream lines{std::string(stat)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream in(line);
    std::string name;
    in >> name;
    if (name.size() < 4 || name.rfind("cpu", 0) != 0 || name.find_first_not_of("0123456789", 3) != std::string::npos ||
        !cpus.contains(std::stoi(name.substr(3, 6)))) {
      continue;
    }
    // user nice system idle iowait irq softirq steal; what guests use is part of user and nice
    double value = 0;
    for (int field = 0; field < 8 && in >> value; ++field) {
      ticks += field == 3 || field == 4 ? 0.0 : value;
    }
  }
  return ticks_per_second > 0 ? ticks / ticks_per_second : 0.0;
}

bench::EdgeCondition machine_condition() {
  bench::EdgeCondition condition;
  const auto cpus = usable_cpu_numbers();
  const Sample first = sample(cpus);
  std::this_thread::sleep_for(k_window);
  const Sample last = sample(cpus);
  condition.status = machine_status();
  condition.cpus = static_cast<int>(cpus.size());
  condition.busy_seconds = last.busy;
  condition.own_seconds = last.own;
  condition.clock = last.clock;
  const double seconds = (last.clock - first.clock).count();
  condition.other_cpus = std::max(0.0, (last.busy - first.busy - (last.own - first.own)) / seconds);
  condition.cpu_temperature_celsius = cpu_temperature();
  if (const auto khz = number_in("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq")) {
    condition.cpu_mhz = *khz / 1000.0;
  }
  condition.throttled = throttled_now();
  return condition;
}

}  // namespace cef::operation
