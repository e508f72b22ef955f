#pragma once

#include <cstdint>
#include <string>

#include "functions.hpp"

namespace cef::jinja {

/// Python's datetime without a zone.
struct DateTime final : Special {
  explicit DateTime(std::int64_t micros) : microseconds(micros) {}
  std::int64_t microseconds;  ///< since 1970-01-01 on its own clock
  [[nodiscard]] std::string type() const override { return "datetime.datetime"; }
  [[nodiscard]] std::string text() const override;
  [[nodiscard]] Value attribute(const std::string& name) const override;
};

/// Python's timedelta.
struct Duration final : Special {
  explicit Duration(std::int64_t micros) : microseconds(micros) {}
  std::int64_t microseconds;
  [[nodiscard]] std::string type() const override { return "datetime.timedelta"; }
  [[nodiscard]] std::string text() const override;
  [[nodiscard]] Value attribute(const std::string& name) const override;
};

/// strftime over a broken-down time; fault when the result is too long.
[[nodiscard]] std::string format_time(const std::string& format, const std::tm& time, std::int64_t microseconds);

}  // namespace cef::jinja
