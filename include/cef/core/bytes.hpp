#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "cef/core/result.hpp"

namespace cef::core {

/// A count of bytes.
struct Bytes {
  std::uint64_t count = 0;
  auto operator<=>(const Bytes&) const = default;
};

constexpr Bytes operator""_KiB(unsigned long long n) {
  return Bytes{n * 1024U};
}
constexpr Bytes operator""_MiB(unsigned long long n) {
  return Bytes{n * 1024U * 1024U};
}

/// For people: "7.9 GiB", "512 B".
[[nodiscard]] std::string to_human(Bytes bytes);
/// "64", "8K", "2MiB", "1.5G" (powers of 1024).
[[nodiscard]] Result<Bytes> parse_bytes(std::string_view text);

}  // namespace cef::core
