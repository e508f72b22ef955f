#include "source_scan.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

namespace cef::house {

namespace fs = std::filesystem;

std::string blank_comments_and_literals(const std::string& source) {
  std::string out = source;
  const auto blank = [&out](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to && i < out.size(); ++i) {
      out[i] = out[i] == '\n' ? '\n' : ' ';
    }
  };
  for (std::size_t i = 0; i < source.size();) {
    std::size_t end = i + 1;
    if (source.compare(i, 2, "//") == 0) {
      end = std::min(source.find('\n', i), source.size());
      blank(i, end);
    } else if (source.compare(i, 2, "/*") == 0) {
      end = std::min(source.find("*/", i + 2), source.size() - 2) + 2;
      blank(i, end);
    } else if (source.compare(i, 2, "R\"") == 0) {
      const std::size_t open = source.find('(', i);
      const std::string close = ")" + source.substr(i + 2, open - i - 2) + "\"";
      end = std::min(source.find(close, open), source.size() - close.size()) + close.size();
      blank(i, end);
    } else if (source[i] == '"' || (source[i] == '\'' && (i == 0 || std::isxdigit(source[i - 1]) == 0))) {
      while (end < source.size() && source[end] != source[i] && source[end] != '\n') {
        end += source[end] == '\\' ? 2 : 1;
      }
      ++end;
      blank(i + 1, end - 1);
    }
    i = end;
  }
  return out;
}

std::vector<Include> includes_of(const std::string& source) {
  static const std::regex pattern(R"re(^\s*#\s*include\s*[<"]([^>"]+)[>"])re");
  std::vector<Include> found;
  std::istringstream lines(source);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::smatch match;
    if (std::regex_search(line, match, pattern)) {
      found.push_back({number, match[1]});
    }
  }
  return found;
}

std::vector<Function> functions_of(const std::string& source) {
  static const std::regex scope(R"(\b(namespace|class|struct|union|enum|extern)\b)");
  const std::string text = blank_comments_and_literals(source);
  std::vector<Function> found;
  std::vector<bool> open_is_function;
  int inside_function = 0;
  int line = 1;
  std::string head;
  for (const char c : text) {
    line += c == '\n' ? 1 : 0;
    if (c == '{') {
      const bool has_arguments = head.find('(') != std::string::npos;
      const bool is_function = inside_function == 0 && has_arguments && head.find('=') != 0 &&
                               (!std::regex_search(head, scope) || head.find(')') != std::string::npos);
      open_is_function.push_back(is_function);
      if (is_function) {
        ++inside_function;
        found.push_back({line, line, head});
      }
      head.clear();
    } else if (c == '}') {
      if (!open_is_function.empty()) {
        if (open_is_function.back()) {
          --inside_function;
          found.back().last_line = line;
        }
        open_is_function.pop_back();
      }
      head.clear();
    } else if (c == ';') {
      head.clear();
    } else if (!(head.empty() && std::isspace(c) != 0)) {
      head += c;
    }
  }
  return found;
}

std::vector<fs::path> sources_below(const fs::path& folder) {
  std::vector<fs::path> files;
  if (fs::exists(folder)) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.path().extension() == ".cpp" || entry.path().extension() == ".hpp") {
        files.push_back(entry.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace cef::house
