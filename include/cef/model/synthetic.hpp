#pragma once

#include <cstddef>
#include <cstdint>

#include "cef/model/dataset.hpp"

namespace cef::model {

/// Which part of the embedded data set: the two are drawn from streams that never meet.
enum class SyntheticPart { train, test };

/// The embedded data set: colour images in ten classes, the same bytes for the same arguments on every machine (integer
/// arithmetic only where it decides a pixel). Labels alternate, so the first N images are balanced.
Dataset make_synthetic(SyntheticPart part, std::size_t count, std::uint64_t seed);

}  // namespace cef::model
