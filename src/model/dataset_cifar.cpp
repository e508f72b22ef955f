#include <array>

#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "dataset_readers.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_side = 32;
constexpr std::size_t k_image_bytes = 3 * k_side * k_side;

// batches.meta.txt of the data set.
constexpr std::array<const char*, 10> k_cifar10 = {"airplane", "automobile", "bird",  "cat",  "deer",
                                                   "dog",      "frog",       "horse", "ship", "truck"};
// fine_label_names.txt of the data set.
constexpr std::array<const char*, 100> k_cifar100 = {
    "apple",      "aquarium_fish", "baby",         "bear",       "beaver",      "bed",         "bee",
    "beetle",     "bicycle",       "bottle",       "bowl",       "boy",         "bridge",      "bus",
    "butterfly",  "camel",         "can",          "castle",     "caterpillar", "cattle",      "chair",
    "chimpanzee", "clock",         "cloud",        "cockroach",  "couch",       "crab",        "crocodile",
    "cup",        "dinosaur",      "dolphin",      "elephant",   "flatfish",    "forest",      "fox",
    "girl",       "hamster",       "house",        "kangaroo",   "keyboard",    "lamp",        "lawn_mower",
    "leopard",    "lion",          "lizard",       "lobster",    "man",         "maple_tree",  "motorcycle",
    "mountain",   "mouse",         "mushroom",     "oak_tree",   "orange",      "orchid",      "otter",
    "palm_tree",  "pear",          "pickup_truck", "pine_tree",  "plain",       "plate",       "poppy",
    "porcupine",  "possum",        "rabbit",       "raccoon",    "ray",         "road",        "rocket",
    "rose",       "sea",           "seal",         "shark",      "shrew",       "skunk",       "skyscraper",
    "snail",      "snake",         "spider",       "squirrel",   "streetcar",   "sunflower",   "sweet_pepper",
    "table",      "tank",          "telephone",    "television", "tiger",       "tractor",     "train",
    "trout",      "tulip",         "turtle",       "wardrobe",   "whale",       "willow_tree", "wolf",
    "woman",      "worm"};

constexpr unsigned k_coarse_classes = 20;

}  // namespace

Result<Dataset> read_cifar(const std::filesystem::path& file, CifarKind kind) {
  const auto mapped = core::MappedFile::open(file);
  if (!mapped) {
    return fail(mapped.error());
  }
  const bool hundred = kind == CifarKind::cifar100;
  const auto bytes = mapped->bytes();
  const std::size_t label_bytes = hundred ? 2 : 1;  // CIFAR-100: the coarse label, then the fine one
  const std::size_t record = label_bytes + k_image_bytes;
  Dataset data;
  data.name = hundred ? "cifar100" : "cifar10";
  data.source = file.string();
  if (bytes.empty() || bytes.size() % record != 0) {
    return fail(ErrorCode::integrity, file.string() + ": has " + std::to_string(bytes.size()) +
                                          " bytes, not a whole number of " + data.name + " records of " +
                                          std::to_string(record) + " bytes: it is truncated or of another kind");
  }
  if (bytes.size() > k_max_dataset_bytes) {
    return fail(ErrorCode::usage, file.string() + ": is larger than 8 GiB, which cef does not hold in memory");
  }
  if (hundred) {
    data.classes.assign(k_cifar100.begin(), k_cifar100.end());
  } else {
    data.classes.assign(k_cifar10.begin(), k_cifar10.end());
  }
  data.height = k_side;
  data.width = k_side;
  const std::size_t count = bytes.size() / record;
  data.pixels.reserve(count * k_image_bytes);
  data.labels.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto one = bytes.subspan(i * record, record);
    const auto label = std::to_integer<unsigned>(one[label_bytes - 1]);
    if (label >= data.classes.size() || (hundred && std::to_integer<unsigned>(one[0]) >= k_coarse_classes)) {
      return fail(ErrorCode::integrity, file.string() + ": record " + std::to_string(i) + " has the label " +
                                            std::to_string(label) + ", which " + data.name +
                                            " does not have: the file is damaged or of another kind");
    }
    data.labels.push_back(static_cast<int>(label));
    const auto* pixels = reinterpret_cast<const std::uint8_t*>(one.data()) + label_bytes;
    data.pixels.insert(data.pixels.end(), pixels, pixels + k_image_bytes);
  }
  core::Sha256 digest;
  digest.update(bytes);
  data.digest = digest.finish();
  return data;
}

}  // namespace cef::model
