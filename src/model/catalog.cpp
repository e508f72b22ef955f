#include "cef/model/catalog.hpp"

#include <algorithm>

#include "cef/core/file.hpp"
#include "cef/core/near_name.hpp"
#include "cef/core/paths.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace fs = std::filesystem;

const CatalogEntry* Catalog::find(std::string_view name) const noexcept {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

std::vector<std::string> Catalog::names() const {
  std::vector<std::string> all;
  for (const auto& entry : entries) {
    all.push_back(entry.name);
  }
  return all;
}

std::vector<std::string> Catalog::embedded() const {
  std::vector<const CatalogEntry*> found;
  for (const auto& entry : entries) {
    if (entry.embedded) {
      found.push_back(&entry);
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto* a, const auto* b) { return a->parameters < b->parameters; });
  std::vector<std::string> all;
  all.reserve(found.size());
  for (const auto* entry : found) {
    all.push_back(entry->name);
  }
  return all;
}

Result<Catalog> load_catalog(const fs::path& path) {
  constexpr core::Bytes k_limit = core::operator""_MiB(4);
  const auto text = core::read_file(path, k_limit);
  return text ? parse_catalog(*text, path) : fail(text.error());
}

Result<Catalog> open_catalog() {
  const auto folder = core::data_dir();
  if (!folder) {
    return fail(
        ErrorCode::usage,
        "models/catalog.yaml: not found beside the program; install cef whole, or set CEF_DATA_DIR to the folder "
        "that holds models/");
  }
  return load_catalog(*folder / "models" / "catalog.yaml");
}

core::Error unknown_model(const Catalog& catalog, const std::string& name) {
  const std::string near = core::did_you_mean(name, catalog.names());
  return {ErrorCode::usage,
          "no model '" + name + "' in the catalogue" + (near.empty() ? "; 'cef model list' shows them" : near),
          {}};
}

fs::path fetched_models_dir() {
  return core::cache_dir() / "models";
}

fs::path file_of(const Catalog& catalog, const CatalogEntry& entry) {
  return (entry.embedded ? catalog.path.parent_path() : fetched_models_dir()) / entry.file;
}

bool digest_matches(const CatalogEntry& entry, std::string_view sha256) noexcept {
  if (!entry.sha256.empty()) {
    if (sha256 == entry.sha256) {
      return true;
    }
  } else if (!entry.sha256_prefix.empty() && sha256.starts_with(entry.sha256_prefix)) {
    return true;
  }
  return std::any_of(entry.other_files.begin(), entry.other_files.end(),
                     [&](const OtherFile& other) { return other.sha256 == sha256; });
}

}  // namespace cef::model
