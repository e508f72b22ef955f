#include "cef/core/bytes.hpp"

#include <array>
#include <cstdio>

#include "number.hpp"

namespace cef::core {

std::string to_human(Bytes bytes) {
  static constexpr std::array k_units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(bytes.count);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < k_units.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value, k_units[unit]);
  return text.data();
}

Result<Bytes> parse_bytes(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorCode::usage, "'" + std::string(text) + "' is not a size; write for example 512K, 8MiB or 1.5G");
  };
  const auto number = leading_number(text);
  if (!number) {
    return bad();
  }
  auto [value, unit] = *number;
  double factor = 1;
  if (!unit.empty() && unit != "B") {
    const std::size_t power = std::string_view("KMGT").find(unit.front());
    const std::string_view rest = unit.substr(1);
    if (power == std::string_view::npos || !(rest.empty() || rest == "B" || rest == "iB")) {
      return bad();
    }
    for (std::size_t i = 0; i <= power; ++i) {
      factor *= 1024;
    }
  }
  if (value * factor >= 9.2e18) {
    return bad();
  }
  return Bytes{static_cast<std::uint64_t>(value * factor)};
}

}  // namespace cef::core
