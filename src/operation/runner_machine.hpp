#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "cef/bench/runner.hpp"
#include "cef/operation/edge_runner.hpp"

namespace cef::operation {

/// What this machine is; `runtime` is left empty.
[[nodiscard]] EdgeEnvironment this_machine(int threads);
[[nodiscard]] bench::EdgeStatus machine_status();

/// Distinct (physical id, core id) pairs of /proc/cpuinfo; 0 when it does not say (ARM boards).
[[nodiscard]] int physical_cores(std::string_view cpuinfo);
/// "model name" of x86, "Model" of a board, else "Hardware"; empty when there is none.
[[nodiscard]] std::string cpu_model(std::string_view cpuinfo);
/// A field of /proc/meminfo, for example "MemAvailable".
[[nodiscard]] std::optional<core::Bytes> memory_field(std::string_view meminfo, std::string_view field);
/// "max 100000" or "150000 100000" of cgroup v2's cpu.max: CPUs, none for no limit.
[[nodiscard]] std::optional<double> cpu_quota(std::string_view cpu_max);

}  // namespace cef::operation
