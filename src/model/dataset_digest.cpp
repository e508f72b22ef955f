#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "cef/core/json.hpp"
#include "cef/core/log.hpp"
#include "cef/core/paths.hpp"
#include "dataset_readers.hpp"
#include "image.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace fs = std::filesystem;

namespace {

constexpr const char* k_schema = "cef.folder-digest/1";
constexpr std::uint64_t k_worth_keeping = 16ULL << 20U;  // bytes; less is hashed in no time
constexpr unsigned k_max_threads = 4;
constexpr std::int64_t k_settled_seconds = 2;  // a file may change twice within one tick of its clock

/// What the system says of all files: when none of it changed, the contents did not.
struct Listing {
  std::string key;
  std::uint64_t bytes = 0;
  std::int64_t newest = 0;  ///< change time in seconds
};

Result<Listing> list(const fs::path& folder, const std::vector<std::string>& names) {
  Listing listing;
  core::Sha256 key;
  std::error_code error;
  key.update(fs::absolute(folder, error).lexically_normal().string() + "\n");
  for (const std::string& name : names) {
    struct stat found {};
    if (::stat((folder / name).c_str(), &found) != 0 || !S_ISREG(found.st_mode)) {
      return fail(ErrorCode::usage, (folder / name).string() + ": is not a file that can be read");
    }
    listing.bytes += static_cast<std::uint64_t>(found.st_size);
    listing.newest = std::max<std::int64_t>(listing.newest, found.st_ctim.tv_sec);
    std::string line = name;
    for (const auto number : {std::int64_t{found.st_size}, std::int64_t{found.st_mtim.tv_sec},
                              std::int64_t{found.st_mtim.tv_nsec}, std::int64_t{found.st_ctim.tv_sec},
                              std::int64_t{found.st_ctim.tv_nsec}, static_cast<std::int64_t>(found.st_ino)}) {
      line += " " + std::to_string(number);
    }
    key.update(line + "\n");
  }
  listing.key = key.finish();
  return listing;
}

struct OneFile {
  std::string sha256;
  std::optional<ImageSize> size;
};

Result<OneFile> read_one(const fs::path& file) {
  std::error_code error;
  if (fs::file_size(file, error) > k_max_image_file.count) {  // not to be decoded; its digest counts all the same
    auto digest = core::sha256_file(file);
    return digest ? Result<OneFile>(OneFile{std::move(*digest), std::nullopt}) : fail(digest.error());
  }
  const auto bytes = core::read_file(file, k_max_image_file);
  if (!bytes) {
    return fail(bytes.error());
  }
  return OneFile{core::sha256(*bytes), image_size(std::as_bytes(std::span(*bytes)))};
}

/// All files, by several threads: hashing costs more than reading.
Result<std::vector<OneFile>> read_all(const fs::path& folder, const std::vector<std::string>& names) {
  std::vector<OneFile> files(names.size());
  std::vector<std::optional<core::Error>> errors(names.size());
  std::atomic<std::size_t> next{0};
  std::atomic<bool> broken{false};
  const auto work = [&] {
    for (std::size_t i = next++; i < names.size() && !broken; i = next++) {
      auto file = read_one(folder / names[i]);
      if (file) {
        files[i] = std::move(*file);
      } else {
        errors[i] = file.error();
        broken = true;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < std::clamp(std::thread::hardware_concurrency(), 1U, k_max_threads); ++i) {
      threads.emplace_back(work);
    }
    work();
  }
  for (auto& error : errors) {
    if (error) {
      return fail(std::move(*error));
    }
  }
  return files;
}

FolderDigest digest_of(const std::vector<OneFile>& files, const std::vector<std::string>& names) {
  core::Sha256 digest;
  FolderDigest known;
  bool same = true;
  for (std::size_t i = 0; i < files.size(); ++i) {
    digest.update(names[i] + " " + files[i].sha256 + "\n");
    if (const auto& size = files[i].size) {
      const InputSize here{size->height, size->width};
      same = same && (!known.size || *known.size == here);
      known.size = here;
    }
  }
  known.digest = digest.finish();
  if (!same) {
    known.size.reset();
  }
  return known;
}

std::optional<FolderDigest> read_cache(const fs::path& file) {
  const auto text = core::read_file(file, core::operator""_KiB(4));
  const auto json = text ? core::parse_json(*text, file.string()) : fail(text.error());
  if (!json || !json->is_object() || json->value("schema", core::Json()) != k_schema || !json->contains("digest") ||
      !(*json)["digest"].is_string() || !json->contains("size") || !(*json)["size"].is_array()) {
    return std::nullopt;
  }
  FolderDigest known{(*json)["digest"].get<std::string>(), std::nullopt};
  const auto& size = (*json)["size"];
  if (size.size() == 2 && size[0].is_number_integer() && size[1].is_number_integer()) {
    known.size = InputSize{size[0].get<int>(), size[1].get<int>()};
  }
  return known.digest.size() == 64 ? std::optional(known) : std::nullopt;
}

void write_cache(const fs::path& file, const FolderDigest& known) {
  core::Json size = core::Json::array();
  if (known.size) {
    size = {known.size->height, known.size->width};
  }
  const core::Json json = {{"schema", k_schema}, {"digest", known.digest}, {"size", size}};
  if (const auto written = core::write_file_atomically(file, core::dump_document(json)); !written) {
    core::log_info("the digest of the images is not kept for later: " + written.error().line());
  }
}

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Result<FolderDigest> digest_folder(const fs::path& folder, const std::vector<std::string>& names,
                                   const std::vector<int>& labels, const std::vector<std::string>& classes) {
  const std::int64_t start = now_seconds();
  const auto listing = list(folder, names);
  if (!listing) {
    return fail(listing.error());
  }
  const fs::path cache = core::cache_dir() / "folders" / (listing->key + ".json");
  const bool keep = listing->bytes >= k_worth_keeping && listing->newest + k_settled_seconds <= start;
  auto known = keep ? read_cache(cache) : std::nullopt;
  if (!known) {
    const auto files = read_all(folder, names);
    if (!files) {
      return fail(files.error());
    }
    known = digest_of(*files, names);
    if (keep) {
      write_cache(cache, *known);
    }
  }
  // The labels are data too, and a class list decides them.
  core::Sha256 digest;
  digest.update(known->digest);
  for (const std::string& name : classes) {
    digest.update("\n" + name);
  }
  for (const int label : labels) {
    digest.update(" " + std::to_string(label));
  }
  known->digest = digest.finish();
  return *known;
}

}  // namespace cef::model
