#pragma once

#include <array>
#include <cstdint>

#include "cef/jinja/value.hpp"

namespace cef::jinja {

/// Python's random.Random(SEED): the same seed gives the same numbers. Fault: the seed is neither text nor an integer.
class PythonRandom {
 public:
  explicit PythonRandom(const Value& seed);
  /// From 0 to `limit` - 1.
  [[nodiscard]] std::uint64_t below(std::uint64_t limit);

 private:
  static constexpr std::size_t k_size = 624;
  [[nodiscard]] std::uint32_t next();
  [[nodiscard]] std::uint64_t bits(unsigned count);

  std::array<std::uint32_t, k_size> state_{};
  std::size_t at_ = k_size;
};

}  // namespace cef::jinja
