#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cef/core/bytes.hpp"

namespace cef::operation {

/// One an image: the largest logit; none, k_failed_image, in rows with a value that is not a number.
[[nodiscard]] std::vector<int> classes_of(const std::vector<float>& logits, int classes);

/// How many of `wanted` images, each with so many bytes of values, are classified together: as a power of two less than
/// `wanted` where all of them would take more than a quarter of the free memory.
[[nodiscard]] std::size_t images_together(std::int64_t value_bytes, core::Bytes available, std::size_t wanted);

}  // namespace cef::operation
