#pragma once

#include <cstddef>

#include "cef/core/result.hpp"

namespace cef::bench {
enum class Outcome;
}

namespace cef::cli {

/// The exit code of an error that ended a command. The one table: docs/exit-codes.md.
[[nodiscard]] int exit_code(core::ErrorCode code) noexcept;
/// Of a bench that came to its end.
[[nodiscard]] int exit_code(bench::Outcome outcome) noexcept;

/// The exit code of a command over many hosts.
struct HostCounts {
  std::size_t failed = 0;
  std::size_t unreachable = 0;
  std::size_t alerting = 0;  ///< beyond a limit of --alert
  bool integrity = false;    ///< a digest was not what it must be
  bool interrupted = false;
  bool stopped_by_threshold = false;
};
[[nodiscard]] int exit_code(const HostCounts& counts) noexcept;

}  // namespace cef::cli
