#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "cef/core/result.hpp"

namespace cef::core {

using Milliseconds = std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// "250ms", "10s", "1.5m", "2h", "1d"; a bare number is seconds. Negative and overflowing values are refused.
[[nodiscard]] Result<Milliseconds> parse_duration(std::string_view text);
/// For people: "850 ms", "2.3 s", "4m 05s", "3d 4h".
[[nodiscard]] std::string to_human(std::chrono::nanoseconds duration);
/// "2026-01-31T12:00:00.123Z"
[[nodiscard]] std::string to_rfc3339(std::chrono::system_clock::time_point time);
/// Seconds as a double, the base unit of every JSON document.
[[nodiscard]] inline double seconds(std::chrono::nanoseconds d) {
  return std::chrono::duration<double>(d).count();
}

}  // namespace cef::core
