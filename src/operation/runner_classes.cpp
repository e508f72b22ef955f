#include "runner_classes.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>

#include "cef/bench/runner.hpp"
#include "cef/model/inference.hpp"

namespace cef::operation {

std::vector<int> classes_of(const std::vector<float>& logits, int classes) {
  const auto columns = static_cast<std::size_t>(classes);
  std::vector<int> best = model::argmax_rows(logits, columns);
  for (std::size_t row = 0; row < best.size(); ++row) {
    const auto values = std::span(logits).subspan(row * columns, columns);
    if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
      best[row] = bench::k_failed_image;
    }
  }
  return best;
}

std::size_t images_together(std::int64_t value_bytes, core::Bytes available, std::size_t wanted) {
  const auto each = static_cast<std::uint64_t>(std::max<std::int64_t>(value_bytes, 1));
  const std::uint64_t fit = available.count / 4 / each;
  return fit >= wanted ? wanted : std::bit_floor(std::max<std::size_t>(fit, 1));
}

}  // namespace cef::operation
