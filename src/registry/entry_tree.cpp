#include "entry_tree.hpp"

#include <algorithm>
#include <cwctype>

#include <locale.h>

#include "cef/core/yaml.hpp"
#include "refusal.hpp"

namespace cef::registry {

using core::Result;

namespace {

constexpr std::size_t k_longest_path = 1024;
constexpr std::size_t k_longest_part = 255;
constexpr std::size_t k_deepest = 64;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// One character of valid UTF-8.
char32_t take_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t character = length == 1 ? first : first & (0x7FU >> length);
  for (std::size_t i = 1; i < length && i < text.size(); ++i) {
    character = (character << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  text.remove_prefix(std::min(length, text.size()));
  return character;
}

/// A key that is the same for names that differ only by case; of any valid UTF-8.
std::string without_case(std::string_view text) {
  static const locale_t unicode = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  std::string key;
  while (!text.empty()) {
    auto character = static_cast<wint_t>(take_character(text));
    if (unicode != nullptr) {
      character = ::towlower_l(::towupper_l(character, unicode), unicode);
    } else if (character >= 'A' && character <= 'Z') {
      character += 'a' - 'A';
    }
    key += std::to_string(character) + ' ';
  }
  return key;
}

/// Why the bytes of a name cannot be; empty when they can.
std::string fault_of_bytes(std::string_view name) {
  if (name.empty()) {
    return "has no name";
  }
  if (name.find('\0') != std::string_view::npos) {
    return "has a NUL in its name";
  }
  if (core::first_line_not_utf8(name) != 0) {
    return "has a name that is not UTF-8";
  }
  for (std::string_view rest = name; !rest.empty();) {
    const char32_t character = take_character(rest);
    if (character < 0x20 || (character >= 0x7F && character < 0xA0)) {
      return "has a control character in its name";
    }
  }
  if (name.find('\\') != std::string_view::npos) {
    return "has a Windows path with a backslash as its name";
  }
  if (name.size() >= 2 && is_letter(name[0]) && name[1] == ':') {
    return "has a Windows path with a drive as its name";
  }
  if (name.front() == '/') {
    return "is an absolute path";
  }
  return name.size() > k_longest_path ? "has a name of more than 1024 bytes" : "";
}

}  // namespace

Result<std::string> harmless_path(const std::filesystem::path& archive, std::string_view name) {
  if (const std::string fault = fault_of_bytes(name); !fault.empty()) {
    return refuse(archive, name, fault);
  }
  std::string_view rest = name;
  while (rest.starts_with("./")) {
    rest.remove_prefix(2);
  }
  if (rest.ends_with('/')) {
    rest.remove_suffix(1);
  }
  const std::string path(rest == "." ? "" : rest);
  std::size_t depth = 0;
  while (!rest.empty() && !path.empty()) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    if (part == "..") {
      return refuse(archive, name, "leads outside the bundle");
    }
    if (part.empty() || part == ".") {
      return refuse(archive, name, "has an empty part or '.' in its path");
    }
    if (part.size() > k_longest_part || ++depth > k_deepest) {
      return refuse(archive, name, "has a part of more than 255 bytes or lies deeper than 64 folders");
    }
    rest.remove_prefix(part.size());
    if (rest == "/") {
      return refuse(archive, name, "has an empty part or '.' in its path");
    }
    rest.remove_prefix(rest.empty() ? 0 : 1);
  }
  return path;
}

Result<void> EntryTree::claim(const std::string& path) {
  const auto [place, fresh] = folded_.emplace(without_case(path), path);
  if (!fresh && place->second != path) {
    return refuse(archive_, path, "differs only by case from '" + printable(place->second) + "'");
  }
  return {};
}

Result<void> EntryTree::need_folder(const std::string& path, const std::string& for_path) {
  if (auto claimed = claim(path); !claimed) {
    return claimed;
  }
  const auto [place, fresh] = entries_.emplace(path, Entry{});
  if (fresh) {
    place->second.folder = true;
  } else if (!place->second.folder) {
    return refuse(archive_, path, "is a file where '" + printable(for_path) + "' needs a folder");
  }
  return {};
}

Result<void> EntryTree::add(const std::string& path, const Entry& entry) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    if (auto there = need_folder(path.substr(0, slash), path); !there) {
      return there;
    }
  }
  if (auto claimed = claim(path); !claimed) {
    return claimed;
  }
  const auto [place, fresh] = entries_.emplace(path, entry);
  if (fresh) {
    named_.insert(path);
    return {};
  }
  if (place->second.folder && !entry.folder) {
    return refuse(archive_, path, "is a file where another entry needs a folder");
  }
  if (named_.contains(path) || !entry.folder) {
    return refuse(archive_, path, "is there twice");
  }
  named_.insert(path);
  return {};
}

}  // namespace cef::registry
