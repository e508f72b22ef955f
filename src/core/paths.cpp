#include "cef/core/paths.hpp"

#include <cstdlib>

#include <pwd.h>
#include <unistd.h>

namespace cef::core {

namespace fs = std::filesystem;

namespace {

struct User {
  std::string name = "root";
  fs::path home = "/";
};

/// Asked once: what getpwuid gives is overwritten by the next call, of any thread.
const User& this_user() {
  static const User user = [] {
    const passwd* entry = ::getpwuid(::getuid());
    return entry != nullptr ? User{entry->pw_name, entry->pw_dir} : User{};
  }();
  return user;
}

}  // namespace

fs::path executable_dir() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::current_path(error) : program.parent_path();
}

std::optional<fs::path> data_dir() {
  if (const char* set = std::getenv("CEF_DATA_DIR"); set != nullptr && *set != '\0') {
    return fs::path(set);
  }
  std::error_code error;
  const fs::path program = executable_dir();
  if (const fs::path installed = program.parent_path() / "share" / "cef";
      fs::exists(installed / "models" / "catalog.yaml", error)) {
    return installed;
  }
  for (fs::path folder = program; folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::exists(folder / "models" / "catalog.yaml", error)) {
      return folder;
    }
  }
  return std::nullopt;
}

fs::path home_dir() {
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    return home;
  }
  return this_user().home;
}

const std::string& user_name() {
  return this_user().name;
}

fs::path cache_dir() {
  if (const char* set = std::getenv("XDG_CACHE_HOME"); set != nullptr && *set == '/') {
    return fs::path(set) / "cef";
  }
  return home_dir() / ".cache" / "cef";
}

fs::path state_dir() {
  if (const char* set = std::getenv("XDG_STATE_HOME"); set != nullptr && *set == '/') {
    return fs::path(set) / "cef";
  }
  return home_dir() / ".local" / "state" / "cef";
}

fs::path expand_home(const std::string& path) {
  if (path == "~") {
    return home_dir();
  }
  return path.rfind("~/", 0) == 0 ? home_dir() / path.substr(2) : fs::path(path);
}

}  // namespace cef::core
