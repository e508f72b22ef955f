#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"
#include "cef/model/catalog.hpp"
#include "cef/registry/download.hpp"

namespace cef::operation {

struct ModelListOptions {
  std::filesystem::path catalog;  ///< empty: cef's own
};

/// A model of the catalogue as it is on this machine.
struct ModelState {
  model::CatalogEntry entry;
  std::optional<std::filesystem::path> present;  ///< its file, when it is there; the digest was not looked at
};

struct ModelListResult {
  std::filesystem::path catalog;
  std::vector<ModelState> models;
};
core::Result<ModelListResult> model_list(const ModelListOptions& options);

struct ModelShowOptions {
  std::filesystem::path catalog;
  std::string name;
};

enum class DigestState { absent, matches, differs };

struct ModelShowResult {
  ModelState model;
  DigestState digest_state = DigestState::absent;
  std::string digest;  ///< of the file that is there
};
core::Result<ModelShowResult> model_show(const ModelShowOptions& options);

struct ModelFetchOptions {
  std::filesystem::path catalog;
  std::string name;
  std::filesystem::path to;  ///< folder; empty: model::fetched_models_dir()
  std::string url;           ///< instead of the catalogue's
};

struct ModelFetchResult {
  std::string name;
  std::filesystem::path path;
  std::string url;  ///< empty when nothing was sent
  std::string sha256;
  std::uint64_t bytes = 0;
  std::uint64_t resumed_from = 0;
  bool already_there = false;
  std::string note;  ///< why cef cannot run the file as it is, and what to do; empty when it can
};
/// Nothing is sent when the file is there with the right digest. A file with another digest is left alone: error.
core::Result<ModelFetchResult> model_fetch(const ModelFetchOptions& options,
                                           const std::function<void(const registry::DownloadProgress&)>& progress,
                                           const core::StopToken& stop);

}  // namespace cef::operation
