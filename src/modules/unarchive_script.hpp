#pragma once

#include <string>
#include <vector>

namespace cef::modules {

/// What is to be done with an archive at "$z" and the folder "$p".
struct UnarchiveOptions {
  std::vector<std::string> include{}, exclude{}, extra{};
  std::string owner{}, group{}, mode{};  ///< "": as it comes
  bool keep_newer = false;
  bool check = false;
};

/// Shell functions `of_tar` and `of_zip`: each leaves when it cannot read "$z", else looks whether all of the archive
/// is there, unpacks it when it is not, sets modes and owners, and prints the fields: its name, the program, whether it
/// changed anything, whether it ran, status, stdout and stderr of the program, the list of files, a diff.
/// Needs `die`, "$d"; $why gathers why an archive could not be read.
[[nodiscard]] std::string unarchive_functions(const UnarchiveOptions& options);

/// The words of the command that unpacks, as Ansible shows it.
[[nodiscard]] std::vector<std::string> unarchive_command(const UnarchiveOptions& options, const std::string& handler,
                                                         const std::string& program, const std::string& archive,
                                                         const std::string& folder);

}  // namespace cef::modules
