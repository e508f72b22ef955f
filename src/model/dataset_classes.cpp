#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>

#include "cef/core/file.hpp"
#include "cef/core/json.hpp"
#include "dataset_readers.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr core::Bytes k_max_list = core::operator""_MiB(16);
constexpr std::size_t k_id_length = 9;

/// "n01440764" at the front, alone or before a blank: an id of WordNet.
bool begins_with_id(std::string_view line) {
  return line.size() >= k_id_length && line[0] == 'n' &&
         std::all_of(line.begin() + 1, line.begin() + k_id_length,
                     [](unsigned char c) { return std::isdigit(c) != 0; }) &&
         (line.size() == k_id_length || line[k_id_length] == ' ' || line[k_id_length] == '\t');
}

std::string_view without_blanks(std::string_view line) {
  const auto first = line.find_first_not_of(" \t\r");
  return first == std::string_view::npos ? "" : line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

core::Error refused(const std::filesystem::path& file, std::size_t line, const std::string& what) {
  return core::Error{ErrorCode::usage, file.string() + ":" + std::to_string(line) + ": " + what, {}};
}

Result<std::vector<std::string>> from_lines(std::string_view text, const std::filesystem::path& file) {
  std::vector<std::string> names;
  std::map<std::string, std::size_t> seen;
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = without_blanks(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.empty()) {
      if (without_blanks(text).find_first_not_of('\n') != std::string_view::npos) {
        return fail(refused(file, number, "is empty; write one class name a line, the first for label 0"));
      }
      break;
    }
    if (begins_with_id(line)) {
      line = line.substr(0, k_id_length);
    }
    const auto [before, added] = seen.emplace(line, number);
    if (!added) {
      return fail(refused(file, number,
                          "names the class '" + std::string(line) + "' again (line " + std::to_string(before->second) +
                              " does already)"));
    }
    names.emplace_back(line);
  }
  return names;
}

Result<std::vector<std::string>> from_json(const std::string& text, const std::filesystem::path& file) {
  const auto json = core::parse_json(text, file.string());
  if (!json) {
    return fail(ErrorCode::usage, json.error().line());
  }
  const auto wrong = [&](const std::string& what) {
    return fail(ErrorCode::usage, file.string() + ": " + what + R"(; write {"0": ["n01440764", "tench"], "1": …})");
  };
  std::vector<std::string> names(json->size());
  std::map<std::string, std::string> seen;
  for (const auto& [key, value] : json->items()) {
    std::size_t label = 0;
    const auto read = std::from_chars(key.data(), key.data() + key.size(), label);
    if (read.ec != std::errc{} || key != std::to_string(label) || label >= names.size()) {
      return wrong("'" + key + "' is not a label from 0 to " + std::to_string(names.size() - 1));
    }
    if (!value.is_array() || value.empty() || !value[0].is_string()) {
      return wrong("label " + key + " has no name");
    }
    names[label] = value[0].get<std::string>();
    if (const auto [before, added] = seen.emplace(names[label], key); !added) {
      return wrong("'" + names[label] + "' is label " + before->second + " and label " + key);
    }
  }
  return names;
}

}  // namespace

Result<std::vector<std::string>> read_class_list(const std::filesystem::path& file) {
  const auto text = core::read_file(file, k_max_list);
  if (!text) {
    return fail(text.error());
  }
  const auto start = text->find_first_not_of(" \t\r\n");
  auto names = start != std::string::npos && (*text)[start] == '{' ? from_json(*text, file) : from_lines(*text, file);
  if (names && names->empty()) {
    return fail(ErrorCode::usage, file.string() + ": names no class; write one a line, the first for label 0");
  }
  return names;
}

}  // namespace cef::model
