#include "cef/core/duration.hpp"

#include <array>
#include <cstdio>
#include <ctime>

#include "number.hpp"

namespace cef::core {

Result<Milliseconds> parse_duration(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorCode::usage, "'" + std::string(text) + "' is not a duration; write for example 250ms, 10s or 5m");
  };
  const auto number = leading_number(text);
  if (!number) {
    return bad();
  }
  const auto [value, unit] = *number;
  double milliseconds = 0;
  if (unit == "ms") {
    milliseconds = value;
  } else if (unit.empty() || unit == "s") {
    milliseconds = value * 1e3;
  } else if (unit == "m") {
    milliseconds = value * 60e3;
  } else if (unit == "h") {
    milliseconds = value * 3600e3;
  } else if (unit == "d") {
    milliseconds = value * 86400e3;
  } else {
    return bad();
  }
  if (milliseconds > 1e12) {  // 31 years
    return bad();
  }
  return Milliseconds(static_cast<std::int64_t>(milliseconds));
}

std::string to_human(std::chrono::nanoseconds duration) {
  std::array<char, 64> text{};
  const double s = seconds(duration);
  if (s < 1e-3) {
    std::snprintf(text.data(), text.size(), "%.0f µs", s * 1e6);
  } else if (s < 1) {
    std::snprintf(text.data(), text.size(), s < 0.01 ? "%.1f ms" : "%.0f ms", s * 1e3);
  } else if (s < 60) {
    std::snprintf(text.data(), text.size(), "%.1f s", s);
  } else {
    const auto whole = static_cast<long long>(s);
    if (whole < 3600) {
      std::snprintf(text.data(), text.size(), "%lldm %02llds", whole / 60, whole % 60);
    } else if (whole < 86400) {
      std::snprintf(text.data(), text.size(), "%lldh %02lldm", whole / 3600, whole % 3600 / 60);
    } else {
      std::snprintf(text.data(), text.size(), "%lldd %lldh", whole / 86400, whole % 86400 / 3600);
    }
  }
  return text.data();
}

std::string to_rfc3339(std::chrono::system_clock::time_point time) {
  const auto since_epoch = std::chrono::duration_cast<Milliseconds>(time.time_since_epoch());
  const std::time_t whole = since_epoch.count() / 1000;
  std::tm parts{};
  gmtime_r(&whole, &parts);
  std::array<char, 40> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%s.%03dZ", date.data(), static_cast<int>(since_epoch.count() % 1000));
  return text.data();
}

}  // namespace cef::core
