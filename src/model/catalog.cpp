#include "cef/model/catalog.hpp"

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "cef/core/file.hpp"
#include "cef/core/near_name.hpp"
#include "cef/core/paths.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace fs = std::filesystem;

namespace {

std::optional<fs::path> users_catalog() {
  if (const char* named = std::getenv("CEF_CATALOG"); named != nullptr && *named != '\0') {
    return core::expand_home(named);  // not being there is an error
  }
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const fs::path folder = config != nullptr && *config != '\0' ? fs::path(config) : core::home_dir() / ".config";
  std::error_code error;
  const fs::path file = folder / "cef" / "catalog.yaml";
  return fs::exists(file, error) ? std::optional(file) : std::nullopt;
}

}  // namespace

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
    if (entry.embedded && entry.catalog == path) {
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
  auto catalog = load_catalog(*folder / "models" / "catalog.yaml");
  const auto own = users_catalog();
  if (catalog && own) {
    if (auto added = add_catalog(*catalog, *own); !added) {
      return fail(added.error());
    }
  }
  return catalog;
}

Result<void> add_catalog(Catalog& catalog, const fs::path& path) {
  auto more = load_catalog(path);
  if (!more) {
    return fail(more.error());
  }
  for (auto& entry : more->entries) {
    if (const CatalogEntry* same = catalog.find(entry.name); same != nullptr) {
      return fail(ErrorCode::usage, path.string() + ": the model '" + entry.name + "' is in " + same->catalog.string() +
                                        " already; give it another name");
    }
    catalog.entries.push_back(std::move(entry));
  }
  return {};
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
  return (entry.embedded ? (entry.catalog.empty() ? catalog.path : entry.catalog).parent_path()
                         : fetched_models_dir()) /
         entry.file;
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
