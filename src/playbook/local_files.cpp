#include "local_files.hpp"

#include <algorithm>

#include "cef/core/file.hpp"
#include "cef/core/paths.hpp"

namespace cef::playbook {

namespace fs = std::filesystem;
using core::ErrorCode;
using core::fail;
using core::Result;

std::vector<fs::path> search_path(const Frame* frame, const fs::path& playbook, const std::string& kind) {
  std::vector<fs::path> folders;
  const auto add = [&](const fs::path& folder) {
    const fs::path base = fs::absolute(folder).lexically_normal();
    for (const fs::path& one : {kind.empty() ? base : base / kind, base}) {
      if (std::find(folders.begin(), folders.end(), one) == folders.end()) {
        folders.push_back(one);
      }
    }
  };
  for (const Frame* one = frame; one != nullptr; one = one->parent.get()) {
    if (one->role) {
      add(one->role->folder);
    }
  }
  for (const Frame* one = frame; one != nullptr; one = one->parent.get()) {
    if (!one->folder.empty()) {
      add(one->folder);
    }
  }
  add(playbook.empty() ? fs::path(".") : playbook);
  return folders;
}

Result<fs::path> find_local(const Frame* frame, const fs::path& playbook, const std::string& kind,
                            const std::string& name) {
  std::error_code ignored;
  const fs::path wanted = core::expand_home(name);
  std::string looked;
  for (const auto& folder : wanted.is_absolute() ? std::vector<fs::path>{""} : search_path(frame, playbook, kind)) {
    const fs::path path = folder.empty() ? wanted : folder / wanted;
    if (fs::exists(path, ignored)) {
      return path.lexically_normal();
    }
    looked += (looked.empty() ? "" : ", ") + path.lexically_normal().string();
  }
  return fail(ErrorCode::usage, "could not find or access '" + name + "'; looked for " + looked);
}

namespace {

fs::path real_path(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(path, error);
  return error ? path.lexically_normal() : real;
}

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto [folder_end, path_end] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return folder_end == folder.end() || (std::next(folder_end) == folder.end() && folder_end->empty());
}

bool holds_a_project(const fs::path& folder) {
  std::error_code error;
  const bool everybody = (fs::status(folder, error).permissions() & fs::perms::others_write) != fs::perms::none;
  const auto holds = [&](const char* name) { return fs::exists(folder / name, error); };
  return !error && !everybody && folder.has_relative_path() && folder != real_path(core::expand_home("~")) &&
         (holds("ansible.cfg") || holds("roles") || holds("inventory") || holds("inventories") || holds("group_vars") ||
          holds("host_vars"));
}

}  // namespace

fs::path project_folder(const fs::path& folder) {
  const fs::path own = real_path(folder.empty() ? "." : folder);
  std::error_code ignored;
  if (!fs::exists(own / "ansible.cfg", ignored)) {
    for (const fs::path& above : {own.parent_path(), own.parent_path().parent_path()}) {
      if (holds_a_project(above)) {
        return above;
      }
    }
  }
  return own;
}

bool is_within(const fs::path& path, const fs::path& root, const ReadOptions& options) {
  const fs::path real = real_path(path);
  return is_below(real, root) || std::any_of(options.roles_path.begin(), options.roles_path.end(),
                                             [&](const fs::path& folder) { return is_below(real, real_path(folder)); });
}

std::string outside_of(const std::string& name) {
  return "'" + name + "' is outside of the playbook's folder; put the file into it, or its role into --roles-path";
}

modules::LocalFiles local_files(const Frame* frame, const fs::path& playbook, const ReadOptions& options) {
  modules::LocalFiles files;
  files.find = [frame, playbook](const std::string& kind, const std::string& name) {
    return find_local(frame, playbook, kind, name);
  };
  files.folder = playbook;
  files.read = [&options](const fs::path& path) { return read_text(path, options); };
  return files;
}

}  // namespace cef::playbook
