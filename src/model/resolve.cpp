#include <charconv>
#include <system_error>

#include "cef/core/near_name.hpp"
#include "cef/model/catalog.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace fs = std::filesystem;

namespace {

/// Takes a whole number off the front of `text`.
std::optional<int> take_number(std::string_view& text) {
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || value < 1 || value > 10'000) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return value;
}

/// "resnet20" or "resnet18-w8".
std::optional<Architecture> architecture_named(std::string_view name) {
  constexpr std::string_view k_prefix = "resnet";
  if (!name.starts_with(k_prefix)) {
    return std::nullopt;
  }
  name.remove_prefix(k_prefix.size());
  const auto depth = take_number(name);
  if (!depth) {
    return std::nullopt;
  }
  const bool torchvision = *depth == 18 || *depth == 34 || *depth == 50 || *depth == 101 || *depth == 152;
  Architecture architecture{torchvision ? Family::torchvision_resnet : Family::cifar_resnet, *depth,
                            torchvision ? 64 : 16, torchvision ? 1000 : 10};
  if (name.starts_with("-w")) {
    name.remove_prefix(2);
    const auto width = take_number(name);
    if (!width) {
      return std::nullopt;
    }
    architecture.width = *width;
  }
  return name.empty() ? std::optional(architecture) : std::nullopt;
}

Result<fs::path> find_weights(const Catalog& catalog, const CatalogEntry* entry, const std::string& name,
                              const fs::path& folder) {
  std::vector<fs::path> candidates;
  if (!folder.empty()) {
    for (const char* extension : {".safetensors", ".pth", ".pt"}) {
      candidates.push_back(folder / (name + extension));
    }
    if (entry != nullptr) {
      candidates.push_back(folder / entry->file);
    }
  } else if (entry != nullptr) {
    if (!entry->embedded) {  // what a user converted from the published format
      candidates.push_back(fetched_models_dir() / (name + "-converted.safetensors"));
      candidates.push_back(fetched_models_dir() / (name + "-converted.pth"));
    }
    candidates.push_back(file_of(catalog, *entry));
  }
  std::error_code error;
  std::string tried;
  for (const auto& candidate : candidates) {
    if (fs::exists(candidate, error)) {
      return candidate;
    }
    tried += (tried.empty() ? "" : ", ") + candidate.string();
  }
  const bool fetchable = folder.empty() && entry != nullptr && !entry->embedded;
  return fail(ErrorCode::usage, "model '" + name + "': its weights are not there; looked for " + tried +
                                    (fetchable ? "; get them with: cef model fetch " + name : ""));
}

}  // namespace

Result<ResolvedModel> resolve_model(const Catalog& catalog, const std::string& name, const fs::path& weights_dir,
                                    int classes) {
  std::optional<Catalog> folders;
  std::error_code error;
  if (!weights_dir.empty() && fs::exists(weights_dir / "catalog.yaml", error)) {
    auto loaded = load_catalog(weights_dir / "catalog.yaml");
    if (!loaded) {
      return fail(loaded.error());
    }
    folders = std::move(*loaded);
  }
  const CatalogEntry* entry = folders ? folders->find(name) : nullptr;
  if (entry == nullptr) {
    entry = catalog.find(name);
  }
  if (entry == nullptr && (weights_dir.empty() || !architecture_named(name))) {
    return fail(unknown_model(catalog, name));
  }
  Architecture architecture = entry != nullptr ? entry->architecture : *architecture_named(name);
  if (!weights_dir.empty() && classes > 0 && architecture.family != Family::torchscript) {
    architecture.classes = classes;  // the folder may hold weights trained anew on the user's own classes
  }
  if (classes > 0 && architecture.classes != classes) {
    return fail(ErrorCode::usage, "model '" + name + "' tells " + std::to_string(architecture.classes) +
                                      " classes apart, the data set has " + std::to_string(classes) +
                                      "; choose models and a data set that fit each other");
  }
  auto network = build_network(architecture);
  if (!network) {
    return fail(std::move(network.error()).in("model '" + name + "'"));
  }
  auto weights = find_weights(catalog, entry, name, weights_dir);
  if (!weights) {
    return fail(weights.error());
  }
  return ResolvedModel{name,
                       std::move(*network),
                       entry != nullptr ? entry->normalisation : Normalisation{},
                       entry != nullptr ? entry->preprocessing : Preprocessing{},
                       std::move(*weights),
                       entry != nullptr ? std::optional(*entry) : std::nullopt};
}

}  // namespace cef::model
