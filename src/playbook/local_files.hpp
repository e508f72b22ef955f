#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cef/modules/module.hpp"
#include "cef/playbook/document.hpp"
#include "cef/playbook/read.hpp"

namespace cef::playbook {

/// Folders in which a file of a task is looked for, in Ansible's order: of the roles around it, of the file that the
/// task stands in, of the playbook; each with and without `kind` ("files", "templates", …).
[[nodiscard]] std::vector<std::filesystem::path> search_path(const Frame* frame, const std::filesystem::path& playbook,
                                                             const std::string& kind);
/// Error (usage): lists where it was looked for.
[[nodiscard]] core::Result<std::filesystem::path> find_local(const Frame* frame, const std::filesystem::path& playbook,
                                                             const std::string& kind, const std::string& name);
/// What a playbook in `folder` may include from: that folder, or the one above it (two at most) that holds ansible.cfg,
/// roles, inventory, inventories, group_vars or host_vars and that not everybody may write into.
[[nodiscard]] std::filesystem::path project_folder(const std::filesystem::path& folder);
/// Links followed.
[[nodiscard]] bool is_within(const std::filesystem::path& path, const std::filesystem::path& root,
                             const ReadOptions& options);
[[nodiscard]] std::string outside_of(const std::string& name);
[[nodiscard]] modules::LocalFiles local_files(const Frame* frame, const std::filesystem::path& playbook,
                                              const ReadOptions& options);

}  // namespace cef::playbook
