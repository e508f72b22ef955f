#include "answer.hpp"

#include <algorithm>

namespace cef::probe {

namespace {

constexpr std::string_view k_blanks = " \t";
constexpr std::string_view k_mark = "@cef:";
constexpr std::size_t k_most_lines = 4096;  ///< of a section: parsers compare lines with each other

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
}

}  // namespace

Sections split_sections(std::string_view answer) {
  Sections all;
  Lines* current = nullptr;
  for (std::size_t at = 0; at < answer.size();) {
    const std::size_t end = std::min(answer.find('\n', at), answer.size());
    std::string line(answer.substr(at, end - at));
    if (!line.empty() && line.back() == '\r') {
      line.pop_back();
    }
    std::replace_if(line.begin(), line.end(), is_control, '?');
    if (const auto name = after(line, k_mark)) {
      current = &all[std::string(*name)];
    } else if (current != nullptr && !line.empty() && current->size() < k_most_lines) {
      current->push_back(std::move(line));
    }
    at = end + 1;
  }
  return all;
}

const Lines& lines_of(const Sections& sections, std::string_view name) {
  static const Lines k_none;
  const auto found = sections.find(name);
  return found == sections.end() ? k_none : found->second;
}

std::string first_line(const Sections& sections, std::string_view name) {
  const Lines& lines = lines_of(sections, name);
  return lines.empty() ? "" : lines.front();
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(k_blanks);
  return begin == std::string_view::npos ? std::string_view{}
                                         : text.substr(begin, text.find_last_not_of(k_blanks) - begin + 1);
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> all;
  for (std::size_t at = text.find_first_not_of(k_blanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(k_blanks, at), text.size());
    all.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(k_blanks, end);
  }
  return all;
}

std::vector<std::string_view> fields(std::string_view text, char separator, std::size_t limit) {
  std::vector<std::string_view> all;
  while (all.size() + 1 < limit) {
    const std::size_t end = text.find(separator);
    if (end == std::string_view::npos) {
      break;
    }
    all.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  all.push_back(text);
  return all;
}

std::optional<std::string_view> after(std::string_view line, std::string_view prefix) {
  if (!line.starts_with(prefix)) {
    return std::nullopt;
  }
  return line.substr(prefix.size());
}

std::string value_of(const Lines& lines, std::string_view key) {
  for (const auto& line : lines) {
    const auto parts = fields(line, ':', 2);
    if (parts.size() == 2 && trimmed(parts[0]) == key) {
      return std::string(trimmed(parts[1]));
    }
  }
  return {};
}

}  // namespace cef::probe
