#include "cef/model/dataset.hpp"

#include <array>
#include <charconv>
#include <exception>

#include "cef/core/near_name.hpp"
#include "cef/core/paths.hpp"
#include "cef/model/synthetic.hpp"
#include "dataset_readers.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_embedded_images = 2000;
constexpr std::uint64_t k_embedded_seed = 1;
constexpr int k_max_crop = 4096;

/// "DIR@224": the folder and the size; 0 without one.
Result<Dataset> open_folder(std::string_view argument) {
  int size = 0;
  const auto at = argument.rfind('@');
  if (at != std::string_view::npos && at + 1 < argument.size()) {
    const char* end = argument.data() + argument.size();
    const auto read = std::from_chars(argument.data() + at + 1, end, size);
    if (read.ptr != end) {
      size = 0;  // the name of a folder may hold an @
    } else if (read.ec != std::errc{} || size < 1 || size > k_max_crop) {
      return fail(ErrorCode::usage, "folder:" + std::string(argument) + ": the size after @ is 1 to " +
                                        std::to_string(k_max_crop) + " pixels");
    } else {
      argument = argument.substr(0, at);
    }
  }
  return read_image_folder(core::expand_home(std::string(argument)), size);
}

Result<Dataset> open_checked(std::string_view spec) {
  if (spec == "embedded") {
    return make_synthetic(SyntheticPart::test, k_embedded_images, k_embedded_seed);
  }
  const auto colon = spec.find(':');
  const std::string kind(spec.substr(0, colon));
  const std::string_view argument = colon == std::string_view::npos ? std::string_view{} : spec.substr(colon + 1);
  const bool known = kind == "cifar10" || kind == "cifar100" || kind == "folder";
  if (!known || argument.empty()) {
    const std::string near = known ? "" : core::did_you_mean(kind, {"embedded", "cifar10", "cifar100", "folder"});
    return fail(ErrorCode::usage, "data set '" + std::string(spec) +
                                      "': write embedded, cifar10:FILE, cifar100:FILE, folder:DIR or folder:DIR@224" +
                                      near);
  }
  if (kind == "folder") {
    return open_folder(argument);
  }
  return read_cifar(core::expand_home(std::string(argument)),
                    kind == "cifar10" ? CifarKind::cifar10 : CifarKind::cifar100);
}

}  // namespace

void normalise(const Dataset& data, std::size_t first, std::size_t count, const Normalisation& how,
               std::span<float> out) {
  std::array<std::array<float, 256>, 3> table{};
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t v = 0; v < 256; ++v) {
      // The order of operations of torchvision's ToTensor and Normalize, so that the bits agree.
      table[c][v] = (static_cast<float>(v) / 255.0F - how.mean[c]) / how.deviation[c];
    }
  }
  const std::size_t plane = static_cast<std::size_t>(data.height) * static_cast<std::size_t>(data.width);
  float* to = out.data();
  for (std::size_t i = first; i < first + count; ++i) {
    const auto image = data.image(i);
    for (std::size_t c = 0; c < 3; ++c) {
      for (const std::uint8_t value : image.subspan(c * plane, plane)) {
        *to++ = table[c][value];
      }
    }
  }
}

Result<Dataset> open_dataset(std::string_view spec) {
  try {
    return open_checked(spec);
  } catch (const std::exception& error) {  // out of memory, or a path that the system refuses
    return fail(ErrorCode::general, "data set '" + std::string(spec) + "': cannot be read: " + error.what());
  }
}

}  // namespace cef::model
