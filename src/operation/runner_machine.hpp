#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string_view>

#include "cef/bench/runner.hpp"
#include "cef/operation/edge_runner.hpp"

namespace cef::operation {

/// What this machine is; `runtime` is left empty.
[[nodiscard]] EdgeEnvironment this_machine(int threads);
[[nodiscard]] bench::EdgeStatus machine_status();
/// Takes 0.3 s; without round trip.
[[nodiscard]] bench::EdgeCondition machine_condition();
/// What these CPUs worked since the start of the machine, by /proc/stat.
[[nodiscard]] double busy_seconds(std::string_view stat, const std::set<int>& cpus, double ticks_per_second);

/// CPUs that this process's cgroups let it use, for example 1.5; none for no limit.
[[nodiscard]] std::optional<double> cpu_quota_cores();
/// Physical cores that this process may run on.
[[nodiscard]] int usable_core_count();
/// usable_core_count, or the quota where that is less.
[[nodiscard]] double usable_cores();
/// Time that all processes together have spent on the CPUs that this one may use, since the machine started.
[[nodiscard]] double busy_cpu_seconds();
/// The same from the text of /proc/stat, for the CPUs for which `mine` is true.
[[nodiscard]] double busy_ticks(std::string_view proc_stat, const std::function<bool(int)>& mine);

/// Distinct (physical id, core id) pairs of /proc/cpuinfo; 0 when it does not say (ARM boards).
[[nodiscard]] int physical_cores(std::string_view cpuinfo);
/// "model name" of x86, "Model" of a board, else "Hardware"; empty when there is none.
[[nodiscard]] std::string cpu_model(std::string_view cpuinfo);
/// A field of /proc/meminfo, for example "MemAvailable".
[[nodiscard]] std::optional<core::Bytes> memory_field(std::string_view meminfo, std::string_view field);
/// A field of a cgroup's memory.stat, for example "inactive_file": cache that the kernel gives back when asked.
[[nodiscard]] std::optional<double> stat_field(std::string_view stat, std::string_view field);
/// "max 100000" or "150000 100000" of cgroup v2's cpu.max: CPUs, none for no limit.
[[nodiscard]] std::optional<double> cpu_quota(std::string_view cpu_max);

}  // namespace cef::operation
