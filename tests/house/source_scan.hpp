#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cef::house {

struct Include {
  int line = 0;
  std::string path;
};

struct Function {
  int first_line = 0;
  int last_line = 0;
  std::string head;  ///< the text before the body, for messages
};

/// C++ source with comments and the insides of literals blanked; lines keep their numbers.
std::string blank_comments_and_literals(const std::string& source);
std::vector<Include> includes_of(const std::string& source);
/// Function bodies outside any other function; lambdas and blocks inside belong to them.
std::vector<Function> functions_of(const std::string& source);

/// All .cpp and .hpp files below `folder`, sorted.
std::vector<std::filesystem::path> sources_below(const std::filesystem::path& folder);
std::string read(const std::filesystem::path& file);

}  // namespace cef::house
