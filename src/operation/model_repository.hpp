#pragma once

#include <map>
#include <string>
#include <vector>

#include "cef/operation/edge_runner.hpp"
#include "cef/registry/bundle.hpp"
#include "model_store.hpp"

namespace cef::operation {

/// The models of a bench in a repository behind a URL. The index is read once, when the bench is set up.
class RepositorySource {
 public:
  /// Errors: host_failed (it cannot be reached), timeout, integrity (index), usage (a model that the repository does
  /// not have, or has for another task or architecture).
  static core::Result<RepositorySource> open(const std::string& url, const std::vector<RunnerModel>& models);
  /// Downloads the model's bundle and puts its weight file into the store. Gives the bytes that came. Errors: as
  /// registry::download; integrity when the bundle does not hold the weights that the bench is about.
  core::Result<std::uint64_t> fetch(const RunnerModel& model, ModelStore& store, const core::StopToken& stop) const;
  /// Reads the first megabytes of the largest bundle, for at most four seconds, and throws them away.
  core::Result<std::optional<select::Link>> link(const ModelStore& store, const core::StopToken& stop) const;

 private:
  std::string url_;
  std::map<std::string, registry::Bundle> bundles_;  ///< by the model's name without its precision
};

/// What a download that arrived so says of the link; none when nothing came.
[[nodiscard]] std::optional<select::Link> link_from(std::vector<select::Arrival> arrivals);

}  // namespace cef::operation
