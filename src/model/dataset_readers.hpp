#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cef/core/bytes.hpp"
#include "cef/core/result.hpp"
#include "cef/model/dataset.hpp"

namespace cef::model {

constexpr std::uint64_t k_max_dataset_bytes = 8ULL << 30U;  // of what is held in memory
constexpr core::Bytes k_max_image_file = core::operator""_MiB(64);

enum class CifarKind { cifar10, cifar100 };

/// The binary version of https://www.cs.toronto.edu/~kriz/cifar.html: label bytes, then 3 × 32 × 32 bytes, planar.
core::Result<Dataset> read_cifar(const std::filesystem::path& file, CifarKind kind);

/// One folder a class, as torchvision's ImageFolder: labels in the order of the folders' names, or of the class list:
/// `classes` or, in the folder, classes.txt, imagenet_class_index.json or LOC_synset_mapping.txt. `fixed`: for every
/// model.
core::Result<Dataset> read_image_folder(const std::filesystem::path& folder, const std::filesystem::path& classes,
                                        std::optional<Preprocessing> fixed);

/// Class names by label. One a line; "n01440764 tench, …" a line (LOC_synset_mapping.txt: the id is the name); or JSON
/// {"0": ["n01440764", "tench"], …}. Errors: usage, with the line.
core::Result<std::vector<std::string>> read_class_list(const std::filesystem::path& file);

/// What is known of the images of a folder once every file was read.
struct FolderDigest {
  std::string digest;
  std::optional<InputSize> size;  ///< the one that all readable headers name
};
/// `names` in `folder`, with their labels. Kept in the cache of large folders by names, sizes, times and inodes.
core::Result<FolderDigest> digest_folder(const std::filesystem::path& folder, const std::vector<std::string>& names,
                                         const std::vector<int>& labels, const std::vector<std::string>& classes);

}  // namespace cef::model
