#include "cef/operation/repo.hpp"

#include <chrono>
#include <thread>

#include "cef/registry/fetch_index.hpp"

namespace cef::operation {

using core::fail;
using core::Result;

namespace {

bool is_url(const std::string& text) {
  return text.rfind("http://", 0) == 0 || text.rfind("https://", 0) == 0;
}

}  // namespace

Result<RepoInitResult> repo_init(const std::filesystem::path& folder) {
  return registry::ModelRepository::init(folder).map(
      [](const auto& repository) { return RepoInitResult{repository.dir()}; });
}

Result<RepoAddResult> repo_add(const std::filesystem::path& folder, const std::filesystem::path& archive,
                               const registry::AddOptions& options, const core::StopToken& stop) {
  return registry::ModelRepository::init(folder).and_then([&](auto repository) -> Result<RepoAddResult> {
    auto added = repository.add(archive, options, stop);
    if (!added) {
      return fail(added.error());
    }
    return RepoAddResult{std::move(*added)};
  });
}

Result<RepoListResult> repo_list(const std::string& folder_or_url) {
  auto bundles = is_url(folder_or_url)
                     ? registry::fetch_index(folder_or_url, std::chrono::seconds(15))
                     : registry::ModelRepository::open(folder_or_url).and_then([](const auto& repository) {
                         return repository.list();
                       });
  if (!bundles) {
    return fail(bundles.error());
  }
  return RepoListResult{std::move(*bundles)};
}

Result<RepoVerifyResult> repo_verify(const std::filesystem::path& folder, const core::StopToken& stop) {
  if (is_url(folder)) {
    return fail(core::ErrorCode::usage,
                folder.string() + ": a repository is verified where its folder is; give --repo the folder");
  }
  return registry::ModelRepository::open(folder).and_then([&](const auto& repository) -> Result<RepoVerifyResult> {
    const auto bundles = repository.list();
    if (!bundles) {
      return fail(bundles.error());
    }
    auto problems = repository.verify(stop);
    if (!problems) {
      return fail(problems.error());
    }
    return RepoVerifyResult{bundles->size(), std::move(*problems)};
  });
}

Result<void> repo_serve(registry::ServeOptions options, const std::function<void(int port)>& ready,
                        const core::StopToken& stop) {
  registry::RepositoryServer server(std::move(options));
  const auto port = server.start();
  if (!port) {
    return fail(port.error());
  }
  ready(*port);
  while (!stop.draining()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  server.stop();
  return {};
}

}  // namespace cef::operation
