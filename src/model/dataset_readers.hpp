#pragma once

#include <filesystem>

#include "cef/core/result.hpp"
#include "cef/model/dataset.hpp"

namespace cef::model {

constexpr std::uint64_t k_max_dataset_bytes = 8ULL << 30U;  // all of it is held in memory

enum class CifarKind { cifar10, cifar100 };

/// The binary version of https://www.cs.toronto.edu/~kriz/cifar.html: label bytes, then 3 × 32 × 32 bytes, planar.
core::Result<Dataset> read_cifar(const std::filesystem::path& file, CifarKind kind);

/// One folder a class, in the order of their names. `size` 0: the images are all of one size; else they are resized and
/// cropped to it.
core::Result<Dataset> read_image_folder(const std::filesystem::path& folder, int size);

}  // namespace cef::model
