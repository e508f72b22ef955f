#include "cef/model/dataset.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <exception>
#include <system_error>

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

/// "DIR@224?classes=FILE&memory=64M" taken apart.
struct FolderSpec {
  std::string folder;
  std::string size;  ///< digits; empty without one
  std::string classes;
  std::string memory;
};

FolderSpec parse_folder(std::string_view argument) {
  FolderSpec spec;
  // From the back, since the names of folders may hold these characters.
  for (bool again = true; again;) {
    again = false;
    const auto mark = argument.find_last_of("?&");
    const std::string_view option = mark == std::string_view::npos ? std::string_view{} : argument.substr(mark + 1);
    for (const auto& [key, value] : {std::pair{std::string_view("classes="), &spec.classes},
                                     std::pair{std::string_view("memory="), &spec.memory}}) {
      if (option.starts_with(key)) {
        *value = option.substr(key.size());
        argument = argument.substr(0, mark);
        again = true;
        break;
      }
    }
  }
  const auto at = argument.rfind('@');
  if (at != std::string_view::npos && at + 1 < argument.size() &&
      argument.find_first_not_of("0123456789", at + 1) == std::string_view::npos) {
    spec.size = argument.substr(at + 1);
    argument = argument.substr(0, at);
  }
  spec.folder = argument;
  return spec;
}

Result<Dataset> open_folder(std::string_view argument) {
  const FolderSpec spec = parse_folder(argument);
  std::optional<Preprocessing> fixed;
  if (!spec.size.empty()) {
    int size = 0;
    const auto read = std::from_chars(spec.size.data(), spec.size.data() + spec.size.size(), size);
    if (read.ec != std::errc{} || size < 1 || size > k_max_crop) {
      return fail(ErrorCode::usage, "folder:" + std::string(argument) + ": the size after @ is 1 to " +
                                        std::to_string(k_max_crop) + " pixels");
    }
    fixed = Preprocessing{static_cast<int>(std::lround(size * 256.0 / 224.0)), size, Interpolation::bilinear};
  }
  std::optional<core::Bytes> memory;
  if (!spec.memory.empty()) {
    const auto bytes = core::parse_bytes(spec.memory);
    if (!bytes) {
      return fail(core::Error(bytes.error()).in("folder:" + std::string(argument)));
    }
    memory = *bytes;
  }
  auto data = read_image_folder(core::expand_home(spec.folder), core::expand_home(spec.classes), fixed);
  if (data) {
    data->files->memory = memory;
  }
  return data;
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
                                      "': write embedded, cifar10:FILE, cifar100:FILE, folder:DIR (also "
                                      "folder:DIR@224, folder:DIR?classes=FILE)" +
                                      near);
  }
  if (kind == "folder") {
    return open_folder(argument);
  }
  return read_cifar(core::expand_home(std::string(argument)),
                    kind == "cifar10" ? CifarKind::cifar10 : CifarKind::cifar100);
}

}  // namespace

Preprocessing effective_preprocessing(const Dataset& data, const Preprocessing& of_model) {
  if (!data.files) {
    return {};
  }
  return data.files->fixed.value_or(of_model);
}

Result<InputSize> input_size(const Dataset& data, const Preprocessing& of_model) {
  const Preprocessing how = effective_preprocessing(data, of_model);
  if (how.crop != 0) {
    return InputSize{how.crop, how.crop};
  }
  if (data.height == 0 || data.width == 0) {
    return fail(ErrorCode::usage, data.source +
                                      ": its images have several sizes and the model has no input size of its "
                                      "own; write folder:" +
                                      data.source + "@224 to resize them all");
  }
  return InputSize{data.height, data.width};
}

void normalise_pixels(std::span<const std::uint8_t> pixels, const Normalisation& how, std::span<float> out) {
  const std::size_t plane = pixels.size() / 3;
  std::array<float, 256> table{};
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t v = 0; v < 256; ++v) {
      // The order of operations of torchvision's ToTensor and Normalize, so that the bits agree.
      table[v] = (static_cast<float>(v) / 255.0F - how.mean[c]) / how.deviation[c];
    }
    for (std::size_t i = c * plane; i < (c + 1) * plane; ++i) {
      out[i] = table[pixels[i]];
    }
  }
}

void normalise(const Dataset& data, std::size_t first, std::size_t count, const Normalisation& how,
               std::span<float> out) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto image = data.image(first + i);
    normalise_pixels(image, how, out.subspan(i * image.size(), image.size()));
  }
}

std::string absolute_dataset(std::string_view spec) {
  const auto colon = spec.find(':');
  if (colon == std::string_view::npos) {
    return std::string(spec);
  }
  const auto absolute = [](const std::string& path) {
    std::error_code error;
    const auto whole = std::filesystem::absolute(core::expand_home(path), error);
    return error ? path : whole.lexically_normal().string();
  };
  const std::string kind(spec.substr(0, colon + 1));
  if (kind != "folder:") {
    return kind + absolute(std::string(spec.substr(colon + 1)));
  }
  const FolderSpec folder = parse_folder(spec.substr(colon + 1));
  std::string whole = kind + absolute(folder.folder) + (folder.size.empty() ? "" : "@" + folder.size);
  char mark = '?';
  for (const std::string& option : {folder.classes.empty() ? "" : "classes=" + absolute(folder.classes),
                                    folder.memory.empty() ? "" : "memory=" + folder.memory}) {
    if (!option.empty()) {
      whole += mark + option;
      mark = '&';
    }
  }
  return whole;
}

Result<Dataset> open_dataset(std::string_view spec) {
  try {
    return open_checked(spec);
  } catch (const std::exception& error) {  // out of memory, or a path that the system refuses
    return fail(ErrorCode::general, "data set '" + std::string(spec) + "': cannot be read: " + error.what());
  }
}

}  // namespace cef::model
