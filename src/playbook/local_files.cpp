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
