#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cef/core/bytes.hpp"

namespace cef::probe {

struct GpuProcess {
  std::uint64_t pid = 0;
  std::string name;
  core::Bytes memory;  ///< 0 where the driver does not tell
};

struct Gpu {
  unsigned index = 0;
  std::string name;
  std::string driver;
  std::optional<double> temperature_celsius;
  std::optional<double> utilisation_percent;
  std::optional<double> power_watts;
  std::optional<core::Bytes> memory_used;
  std::optional<core::Bytes> memory_total;
  std::vector<GpuProcess> processes;
};

/// A node without a GPU, without its driver, or with a broken one says so in `note`; it is not a failure.
struct GpuFacts {
  enum class State { none, ok, broken };
  State state = State::none;
  std::string note;  ///< none: what is missing; broken: the line nvidia-smi said
  std::vector<Gpu> gpus;
};

}  // namespace cef::probe
