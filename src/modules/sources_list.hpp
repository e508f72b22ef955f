#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/result.hpp"

namespace cef::modules {

/// A line of a sources.list: "[# ]SOURCE[ # COMMENT]".
struct SourceLine {
  bool valid = false;  ///< begins with deb or deb-src
  bool enabled = true;
  std::string source, comment;
};
[[nodiscard]] SourceLine parse_source_line(std::string_view line);

/// The files of apt's sources, as Ansible reads and writes them: blanks are brought into order.
class SourcesList {
 public:
  void load(const std::string& file, std::string_view content);
  /// Error (general): "Invalid repository string: …". `file`: where it goes when it is nowhere yet; "" for a name made
  /// of the address.
  core::Result<void> add(const std::string& repository, const std::string& file);
  core::Result<void> remove(const std::string& repository);
  /// Content by file; those with no lines are not there.
  [[nodiscard]] std::map<std::string, std::string> dump() const;
  [[nodiscard]] bool knows(const std::string& source) const;

 private:
  std::map<std::string, std::vector<SourceLine>> files_;
};

/// "deb_example_org.list" of "deb [arch=arm64] http://user@deb.example.org/x stable main": "deb_example_org_x.list"
[[nodiscard]] std::string suggested_file(const std::string& source);

}  // namespace cef::modules
