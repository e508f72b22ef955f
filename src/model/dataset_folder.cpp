#include <algorithm>
#include <cctype>
#include <map>
#include <system_error>

#include "cef/core/near_name.hpp"
#include "dataset_readers.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace fs = std::filesystem;

namespace {

constexpr int k_max_depth = 16;
constexpr std::size_t k_max_images = 10'000'000;

std::string extension_of(const fs::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

bool is_read(const std::string& extension) {
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

/// torchvision's loader opens these, cef does not.
bool is_image_of_other_kind(const std::string& extension) {
  return extension == ".ppm" || extension == ".bmp" || extension == ".pgm" || extension == ".tif" ||
         extension == ".tiff" || extension == ".webp";
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

class FolderLister {
 public:
  FolderLister(const fs::path& folder, std::vector<std::string> classes)
      : folder_(folder), listed_(!classes.empty()), classes_(std::move(classes)) {
    data_.files.emplace();
    for (std::size_t label = 0; label < classes_.size(); ++label) {
      labels_[classes_[label]] = static_cast<int>(label);
    }
  }

  Result<Dataset> read() {
    const auto entries = sorted_entries(folder_);
    if (!entries) {
      return fail(entries.error());
    }
    for (const fs::path& entry : *entries) {
      std::error_code error;
      if (!fs::is_directory(entry, error)) {
        continue;
      }
      const auto label = label_of(entry.filename().string());
      if (!label) {
        return fail(label.error());
      }
      if (auto done = read_class(entry, *label); !done) {
        return fail(done.error());
      }
    }
    if (data_.labels.empty()) {
      return fail(ErrorCode::usage, folder_.string() +
                                        ": holds no images; put one folder a class into it, with .jpg, .jpeg or .png "
                                        "files");
    }
    data_.classes = std::move(classes_);
    data_.files->folder = folder_;
    return std::move(data_);
  }

 private:
  Result<int> label_of(const std::string& name) {
    if (!listed_) {
      classes_.push_back(name);
      return static_cast<int>(classes_.size()) - 1;
    }
    const auto found = labels_.find(name);
    if (found != labels_.end()) {
      return found->second;
    }
    return fail(ErrorCode::usage, folder_.string() + ": the folder '" + name + "' is none of the " +
                                      std::to_string(classes_.size()) +
                                      " classes of the class list; add it there or take the folder away" +
                                      core::did_you_mean(name, classes_));
  }

  /// Files of one folder by name; the folders in it come after them, in the order of their paths, as in Python's
  /// sorted(os.walk()).
  Result<void> read_class(const fs::path& top, int label) {
    std::vector<std::string> folders = {top.filename().string()};
    if (auto found = find_folders(top, folders, 1); !found) {
      return found;
    }
    std::sort(folders.begin(), folders.end());
    for (const std::string& folder : folders) {
      if (auto done = read_files(folder, label); !done) {
        return done;
      }
    }
    return {};
  }

  Result<void> find_folders(const fs::path& folder, std::vector<std::string>& found, int depth) {
    const auto entries = sorted_entries(folder);
    if (!entries) {
      return fail(entries.error());
    }
    for (const fs::path& entry : *entries) {
      std::error_code error;
      if (fs::is_symlink(entry, error) || !fs::is_directory(entry, error)) {
        continue;
      }
      if (depth == k_max_depth) {
        return fail(ErrorCode::usage, entry.string() + ": lies more than " + std::to_string(k_max_depth) +
                                          " folders deep; put the images of a class into its folder");
      }
      found.push_back(entry.lexically_relative(folder_).string());
      if (auto deeper = find_folders(entry, found, depth + 1); !deeper) {
        return deeper;
      }
    }
    return {};
  }

  Result<void> read_files(const std::string& folder, int label) {
    const auto entries = sorted_entries(folder_ / folder);
    if (!entries) {
      return fail(entries.error());
    }
    for (const fs::path& file : *entries) {
      const std::string extension = extension_of(file);
      std::error_code error;
      if (fs::is_directory(file, error) || (!is_read(extension) && !is_image_of_other_kind(extension))) {
        continue;
      }
      if (!is_read(extension)) {
        return fail(ErrorCode::usage, file.string() + ": cef reads JPEG and PNG; convert it or take it away");
      }
      if (data_.labels.size() == k_max_images) {
        return fail(ErrorCode::usage, folder_.string() + ": holds more than ten million images");
      }
      data_.files->names.push_back(folder + "/" + file.filename().string());
      data_.labels.push_back(label);
    }
    return {};
  }

  fs::path folder_;
  bool listed_;
  std::vector<std::string> classes_;
  std::map<std::string, int> labels_;
  Dataset data_;
};

/// The list that the user named, or the one in the folder; empty without either.
Result<std::vector<std::string>> class_list(const fs::path& folder, const fs::path& named) {
  if (!named.empty()) {
    return read_class_list(named);
  }
  std::error_code error;
  for (const char* name : {"classes.txt", "imagenet_class_index.json", "LOC_synset_mapping.txt"}) {
    if (fs::exists(folder / name, error)) {
      return read_class_list(folder / name);
    }
  }
  return std::vector<std::string>{};
}

std::string name_of(const fs::path& folder) {
  const fs::path whole = fs::absolute(folder).lexically_normal();
  return whole.has_filename() ? whole.filename().string() : whole.parent_path().filename().string();
}

}  // namespace

Result<Dataset> read_image_folder(const fs::path& folder, const fs::path& classes, std::optional<Preprocessing> fixed) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return fail(ErrorCode::usage, folder.string() + ": is not a folder");
  }
  auto list = class_list(folder, classes);
  if (!list) {
    return fail(list.error());
  }
  auto data = FolderLister(folder, std::move(*list)).read();
  if (!data) {
    return data;
  }
  auto known = digest_folder(folder, data->files->names, data->labels, data->classes);
  if (!known) {
    return fail(known.error());
  }
  data->name = name_of(folder);
  data->source = folder.string();
  data->digest = std::move(known->digest);
  data->files->fixed = fixed;
  const InputSize size = fixed ? InputSize{fixed->crop, fixed->crop} : known->size.value_or(InputSize{});
  data->height = size.height;
  data->width = size.width;
  return data;
}

}  // namespace cef::model
