#include "facts.hpp"

#include <charconv>
#include <sstream>

#include "text.hpp"

namespace cef::modules {

RawFacts::RawFacts(std::string_view text) {
  Fields fields(text);
  while (!fields.rest().empty()) {
    std::string name = fields.next();
    parts_[std::move(name)] = fields.next();
  }
  add_files(get("files"));
}

void RawFacts::add_files(std::string_view text) {
  const std::string all = "\n" + std::string(text);
  std::string* open = nullptr;
  std::size_t begin = 0;
  for (const FactFile& file : fact_files()) {
    const std::string head = "\n==> " + file.path + " <==\n";
    const std::size_t at = all.find(head, begin);
    if (at == std::string::npos) {
      continue;
    }
    if (open != nullptr) {
      *open = all.substr(begin, at - begin);
    }
    open = &parts_[file.name];
    begin = at + head.size();
  }
  if (open != nullptr) {
    *open = all.substr(begin);
  }
}

const std::string& RawFacts::get(const std::string& name) const {
  static const std::string nothing;
  const auto found = parts_.find(name);
  return found == parts_.end() ? nothing : found->second;
}

std::string RawFacts::line(const std::string& name) const {
  const std::string& text = get(name);
  return text.substr(0, text.find('\n'));
}

std::vector<std::string> RawFacts::lines(const std::string& name) const {
  std::vector<std::string> lines;
  std::istringstream stream(get(name));
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> RawFacts::status(const std::string& name) const {
  for (const std::string& line : lines("status")) {
    if (line.starts_with(name + ":")) {
      return words_of(line.substr(name.size() + 1));
    }
  }
  return {};
}

std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = text.find(separator); end != std::string::npos; end = text.find(separator, begin)) {
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (begin < text.size()) {
    parts.push_back(text.substr(begin));
  }
  return parts;
}

long long number_of(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  long long value = 0;
  if (begin != std::string::npos) {
    std::from_chars(text.data() + begin, text.data() + text.size(), value);
  }
  return value;
}

std::map<std::string, std::string> assignments_of(const std::string& text) {
  std::map<std::string, std::string> values;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos || line.starts_with('#')) {
      continue;
    }
    std::string value = strip_end(line.substr(equals + 1), " \t\r");
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) {
      value = value.substr(1, value.size() - 2);
    }
    values[line.substr(0, equals)] = value;
  }
  return values;
}

}  // namespace cef::modules
