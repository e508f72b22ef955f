#include <algorithm>
#include <cctype>
#include <system_error>

#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "dataset_readers.hpp"
#include "image.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace fs = std::filesystem;

namespace {

constexpr core::Bytes k_max_image_file = core::operator""_MiB(64);

bool looks_like_image(const fs::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

/// Entries of a folder by name, without hidden ones.
Result<std::vector<fs::path>> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename().string().front() != '.') {
      entries.push_back(at->path());
    }
  }
  if (error) {
    return fail(ErrorCode::usage, folder.string() + ": cannot be read: " + error.message());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

/// Reads images one after another into a data set of one size.
class FolderReader {
 public:
  FolderReader(const fs::path& folder, int size) : folder_(folder), size_(size) {}

  Result<Dataset> read() {
    const auto classes = sorted_entries(folder_);
    if (!classes) {
      return fail(classes.error());
    }
    for (const fs::path& folder : *classes) {
      std::error_code error;
      if (!fs::is_directory(folder, error)) {
        continue;
      }
      data_.classes.push_back(folder.filename().string());
      if (auto done = read_class(folder); !done) {
        return fail(done.error());
      }
    }
    if (data_.labels.empty()) {
      return fail(ErrorCode::usage, folder_.string() +
                                        ": holds no images; put one folder a class into it, with .jpg, .jpeg or .png "
                                        "files");
    }
    data_.name = fs::absolute(folder_).lexically_normal().filename().string();
    if (data_.name.empty()) {
      data_.name = fs::absolute(folder_).lexically_normal().parent_path().filename().string();
    }
    data_.source = folder_.string();
    data_.digest = digest_.finish();
    return std::move(data_);
  }

 private:
  Result<void> read_class(const fs::path& folder) {
    const auto files = sorted_entries(folder);
    if (!files) {
      return fail(files.error());
    }
    for (const fs::path& file : *files) {
      if (looks_like_image(file)) {
        if (auto done = read_one(file); !done) {
          return done;
        }
        data_.labels.push_back(static_cast<int>(data_.classes.size()) - 1);
      }
    }
    return {};
  }

  Result<void> read_one(const fs::path& file) {
    const auto bytes = core::read_file(file, k_max_image_file);
    if (!bytes) {
      return fail(bytes.error());
    }
    auto image = decode_image(std::as_bytes(std::span(*bytes)), file.string());
    if (!image) {
      return fail(image.error());
    }
    digest_.update(file.parent_path().filename().string() + "/" + file.filename().string() + " " +
                   core::sha256(*bytes) + "\n");
    if (size_ != 0) {
      const int ratio = std::max(image->height, image->width) / std::min(image->height, image->width);
      if (ratio > 100) {
        return fail(ErrorCode::usage, file.string() + ": is more than 100 times as long as wide; it cannot be cropped");
      }
      image = resize_and_crop(*image, size_);
    }
    return append(*image, file);
  }

  Result<void> append(const Image& image, const fs::path& file) {
    if (data_.labels.empty()) {
      data_.height = image.height;
      data_.width = image.width;
    } else if (data_.height != image.height || data_.width != image.width) {
      return fail(ErrorCode::usage, file.string() + ": is " + std::to_string(image.width) + " x " +
                                        std::to_string(image.height) + ", the images before it are " +
                                        std::to_string(data_.width) + " x " + std::to_string(data_.height) +
                                        "; write folder:" + folder_.string() + "@224 to resize them all");
    }
    if (data_.pixels.size() + image.rgb.size() > k_max_dataset_bytes) {
      return fail(ErrorCode::usage, folder_.string() + ": its images take more than 8 GiB, which cef does not hold");
    }
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t i = c; i < image.rgb.size(); i += 3) {
        data_.pixels.push_back(image.rgb[i]);
      }
    }
    return {};
  }

  fs::path folder_;
  int size_;
  Dataset data_;
  core::Sha256 digest_;
};

}  // namespace

Result<Dataset> read_image_folder(const fs::path& folder, int size) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return fail(ErrorCode::usage, folder.string() + ": is not a folder");
  }
  return FolderReader(folder, size).read();
}

}  // namespace cef::model
