#include "sources_list.hpp"

#include <algorithm>
#include <cctype>
#include <regex>
#include <sstream>

#include "cef/core/text.hpp"
#include "text.hpp"

namespace cef::modules {
namespace {

constexpr const char* k_parts = "/etc/apt/sources.list.d/";

bool is_type(const std::string& word) {
  return word == "deb" || word == "deb-src";
}

core::Result<std::string> valid_source(const std::string& repository) {
  SourceLine line = parse_source_line(repository);
  if (!line.valid || !line.enabled) {
    return core::fail(core::ErrorCode::general, "Invalid repository string: " + core::trim(repository));
  }
  return std::move(line.source);
}

}  // namespace

SourceLine parse_source_line(std::string_view text) {
  SourceLine line;
  std::string rest = core::trim(text);
  if (rest.starts_with('#')) {
    line.enabled = false;
    rest.erase(0, 1);
  }
  if (const std::size_t hash = rest.find('#'); hash != std::string::npos && hash > 0) {
    line.comment = core::trim(std::string_view(rest).substr(hash + 1));
    rest.resize(hash);
  }
  line.source = core::trim(rest);
  const std::vector<std::string> words = words_of(line.source);
  if (!words.empty() && is_type(words.front())) {
    line.valid = true;
    line.source.clear();
    for (const std::string& word : words) {
      line.source += (line.source.empty() ? "" : " ") + word;
    }
  }
  return line;
}

std::string suggested_file(const std::string& source) {
  std::string line = std::regex_replace(source, std::regex("\\[[^\\]]+\\]"), "");
  line = std::regex_replace(line, std::regex("\\w+://"), "");
  std::string address;
  for (const std::string& word : words_of(line)) {
    if (!is_type(word)) {
      address = word;
      break;
    }
  }
  if (const std::size_t at = address.find('@'); at != std::string::npos) {
    address.erase(0, at + 1);
  }
  std::string name;
  for (const char c : address) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain) {
      name += c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
  }
  return strip_end(name, "_") + ".list";
}

void SourcesList::load(const std::string& file, std::string_view content) {
  std::vector<SourceLine>& lines = files_[file];
  std::istringstream stream{std::string(content)};
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(parse_source_line(line));
  }
}

core::Result<void> SourcesList::add(const std::string& repository, const std::string& file) {
  const auto source = valid_source(repository);
  if (!source) {
    return core::fail(source.error());
  }
  bool found = false;
  for (auto& [name, lines] : files_) {
    for (SourceLine& line : lines) {
      if (line.valid && line.source == *source) {
        line.enabled = true;
        found = true;
      }
    }
  }
  if (!found) {
    const std::string name = file.empty() ? suggested_file(*source) : file + ".list";
    files_[name.find('/') == std::string::npos ? k_parts + name : name].push_back({true, true, *source, ""});
  }
  return {};
}

core::Result<void> SourcesList::remove(const std::string& repository) {
  const auto source = valid_source(repository);
  if (!source) {
    return core::fail(source.error());
  }
  for (auto& [name, lines] : files_) {
    std::erase_if(lines, [&](const SourceLine& line) { return line.valid && line.enabled && line.source == *source; });
  }
  return {};
}

std::map<std::string, std::string> SourcesList::dump() const {
  std::map<std::string, std::string> contents;
  for (const auto& [name, lines] : files_) {
    for (const SourceLine& line : lines) {
      contents[name] +=
          (line.enabled ? "" : "# ") + line.source + (line.comment.empty() ? "" : " # " + line.comment) + "\n";
    }
  }
  return contents;
}

bool SourcesList::knows(const std::string& source) const {
  return std::any_of(files_.begin(), files_.end(), [&](const auto& file) {
    return std::any_of(file.second.begin(), file.second.end(),
                       [&](const SourceLine& line) { return line.valid && line.enabled && line.source == source; });
  });
}

}  // namespace cef::modules
