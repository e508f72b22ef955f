#include "cef/operation/model.hpp"

#include <system_error>

#include "cef/core/digest.hpp"
#include "cef/model/network.hpp"
#include "cef/model/weights.hpp"

namespace cef::operation {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace fs = std::filesystem;

namespace {

Result<model::Catalog> catalog_of(const fs::path& path) {
  return path.empty() ? model::open_catalog() : model::load_catalog(path);
}

std::optional<fs::path> present_file(const model::Catalog& catalog, const model::CatalogEntry& entry) {
  const fs::path file = model::file_of(catalog, entry);
  std::error_code error;
  return fs::exists(file, error) ? std::optional(file) : std::nullopt;
}

/// What a download may grow to: the file's size, or room for another format around the weights.
core::Bytes size_limit(const model::CatalogEntry& entry) {
  constexpr std::uint64_t k_room = 64ULL << 20U;
  return core::Bytes{entry.file_bytes != 0 ? entry.file_bytes : entry.weight_bytes * 2 + k_room};
}

/// The file is what its author published; whether cef reads that format is another matter.
std::string note_on(const model::CatalogEntry& entry, const fs::path& file) {
  const auto opened = model::WeightFile::open(file);
  if (!opened) {
    const bool old = opened.error().message.find("old pickle") != std::string::npos;
    return opened.error().message + (old ? "; put there it is found by its name: " +
                                               (model::fetched_models_dir() / (entry.name + "-converted.pth")).string()
                                         : "");
  }
  const auto network = model::build_network(entry.architecture);
  const Result<void> fits = network ? model::check_weights(*network, *opened) : fail(network.error());
  return fits ? std::string() : fits.error().message;
}

}  // namespace

Result<ModelListResult> model_list(const ModelListOptions& options) {
  auto catalog = catalog_of(options.catalog);
  if (!catalog) {
    return fail(catalog.error());
  }
  ModelListResult result{catalog->path, {}};
  for (const auto& entry : catalog->entries) {
    result.models.push_back({entry, present_file(*catalog, entry)});
  }
  return result;
}

Result<ModelShowResult> model_show(const ModelShowOptions& options) {
  const auto catalog = catalog_of(options.catalog);
  if (!catalog) {
    return fail(catalog.error());
  }
  const model::CatalogEntry* entry = catalog->find(options.name);
  if (entry == nullptr) {
    return fail(model::unknown_model(*catalog, options.name));
  }
  ModelShowResult result{{*entry, present_file(*catalog, *entry)}, DigestState::absent, {}};
  if (result.model.present) {
    auto digest = core::sha256_file(*result.model.present);
    if (!digest) {
      return fail(digest.error());
    }
    result.digest_state = model::digest_matches(*entry, *digest) ? DigestState::matches : DigestState::differs;
    result.digest = std::move(*digest);
  }
  return result;
}

Result<ModelFetchResult> model_fetch(const ModelFetchOptions& options,
                                     const std::function<void(const registry::DownloadProgress&)>& progress,
                                     const core::StopToken& stop) {
  const auto catalog = catalog_of(options.catalog);
  if (!catalog) {
    return fail(catalog.error());
  }
  const model::CatalogEntry* entry = catalog->find(options.name);
  if (entry == nullptr) {
    return fail(model::unknown_model(*catalog, options.name));
  }
  ModelFetchResult result;
  result.name = entry->name;
  result.path = options.to.empty() ? model::file_of(*catalog, *entry) : options.to / entry->file;
  std::error_code error;
  if (fs::exists(result.path, error)) {
    auto digest = core::sha256_file(result.path);
    if (!digest) {
      return fail(digest.error());
    }
    if (!model::digest_matches(*entry, *digest)) {
      return fail(ErrorCode::integrity, result.path.string() + ": is there with the SHA-256 " + *digest +
                                            ", which is not the one of '" + entry->name +
                                            "' in the catalogue; move it away and fetch again");
    }
    result.already_there = true;
    result.sha256 = std::move(*digest);
    result.bytes = fs::file_size(result.path, error);
    result.note = note_on(*entry, result.path);
    return result;
  }
  result.url = options.url.empty() ? entry->url : options.url;
  if (result.url.empty()) {
    return fail(ErrorCode::usage, "model '" + entry->name +
                                      "' comes with cef and has no place to be fetched from; its file is missing: " +
                                      result.path.string());
  }
  registry::DownloadOptions how;
  how.url = result.url;
  how.target = result.path;
  how.sha256 = entry->sha256.empty() ? entry->sha256_prefix : entry->sha256;
  how.max_size = size_limit(*entry);
  auto downloaded = registry::download(how, progress, stop);
  if (!downloaded) {
    return fail(std::move(downloaded.error()).in("fetching " + entry->name));
  }
  result.sha256 = std::move(downloaded->sha256);
  result.bytes = downloaded->bytes;
  result.resumed_from = downloaded->resumed_from;
  result.note = note_on(*entry, result.path);
  return result;
}

}  // namespace cef::operation
