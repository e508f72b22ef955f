#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cef/core/stop.hpp"
#include "cef/registry/repository.hpp"
#include "cef/registry/serve.hpp"

namespace cef::operation {

struct RepoInitResult {
  std::filesystem::path folder;
};
struct RepoAddResult {
  registry::AddResult added;
};
struct RepoListResult {
  std::vector<registry::Bundle> bundles;
};
struct RepoVerifyResult {
  std::size_t bundles = 0;
  std::vector<registry::VerifyProblem> problems;
};

core::Result<RepoInitResult> repo_init(const std::filesystem::path& folder);
/// The repository is made when there is none. Errors: those of pack_bundle and ModelRepository::add.
core::Result<RepoAddResult> repo_add(const std::filesystem::path& folder, const std::filesystem::path& archive,
                                     const registry::AddOptions& options, const core::StopToken& stop);
core::Result<RepoListResult> repo_list(const std::string& folder_or_url);
core::Result<RepoVerifyResult> repo_verify(const std::filesystem::path& folder, const core::StopToken& stop);
/// Serves until the stop token is raised; `ready` hears the port.
core::Result<void> repo_serve(registry::ServeOptions options, const std::function<void(int port)>& ready,
                              const core::StopToken& stop);

}  // namespace cef::operation
