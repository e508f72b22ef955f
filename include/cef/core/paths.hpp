#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace cef::core {

/// The folder of the running program, links resolved.
[[nodiscard]] std::filesystem::path executable_dir();
/// cef's own data folder (it holds `models/` and `inventory/`): `$CEF_DATA_DIR`, else `<program>/../share/cef`, else
/// the first folder above the program that holds `models/catalog.yaml`. None when there is no such folder.
[[nodiscard]] std::optional<std::filesystem::path> data_dir();
/// `$XDG_CACHE_HOME/cef`, else `~/.cache/cef`.
[[nodiscard]] std::filesystem::path cache_dir();
/// `$XDG_STATE_HOME/cef`, else `~/.local/state/cef`.
[[nodiscard]] std::filesystem::path state_dir();
/// The home folder: `$HOME`, else the password database's.
[[nodiscard]] std::filesystem::path home_dir();
/// Who runs this program; "root" where the password database has no name.
[[nodiscard]] const std::string& user_name();
/// Replaces a leading `~` or `~/`.
[[nodiscard]] std::filesystem::path expand_home(const std::string& path);

}  // namespace cef::core
