#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace cef::probe {

inline std::filesystem::path case_folder() {
  return std::filesystem::path(CEF_SOURCE_DIR) / "tests" / "probe-cases";
}

/// The answer of one machine to the fragment for all metrics.
inline std::string case_text(const std::string& name) {
  std::ifstream file(case_folder() / (name + ".txt"));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(case_folder())) {
    names.push_back(entry.path().stem().string());
  }
  return names;
}

}  // namespace cef::probe
