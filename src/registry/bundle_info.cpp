#include "bundle_info.hpp"

#include <algorithm>

#include "cef/core/near_name.hpp"
#include "cef/core/yaml.hpp"
#include "refusal.hpp"

namespace cef::registry {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::YamlKind;

namespace {

constexpr std::size_t k_longest = 128;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word(std::string_view text, std::string_view marks) {
  const auto plain = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && text.size() <= k_longest && plain(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return plain(c) || marks.find(c) != std::string_view::npos; });
}

}  // namespace

std::string fault_of(const BundleInfo& info) {
  if (!is_word(info.name, "._+-")) {
    return "the name '" + printable(info.name) +
           "' is none for a bundle: letters, digits and ._+- are, a letter or digit first";
  }
  if (!is_word(info.version, "._+-~")) {
    return "the version '" + printable(info.version) +
           "' is none for a bundle: letters, digits and ._+-~ are, a letter or digit first";
  }
  if (!info.task.empty() && !is_word(info.task, "._+-")) {
    return "the task '" + printable(info.task) + "' is none: letters, digits and ._+- are, a letter or digit first";
  }
  if (info.architecture != "any" && info.architecture != "amd64" && info.architecture != "arm64") {
    return "the architecture '" + printable(info.architecture) + "' is none of any, amd64, arm64" +
           core::did_you_mean(info.architecture, {"any", "amd64", "arm64"});
  }
  return "";
}

Result<BundleInfo> parse_manifest(std::string_view text, const std::string& origin) {
  const auto root = core::parse_yaml(text, origin);
  if (!root) {
    return fail(root.error());
  }
  const auto refused = [&](const core::YamlNode& node, const std::string& what) {
    return fail(ErrorCode::usage, origin + ":" + std::to_string(std::max(1, node.line)) + ": " + what);
  };
  BundleInfo info;
  if (root->kind == YamlKind::null) {
    return info;
  }
  if (root->kind != YamlKind::map) {
    return refused(*root, "name, version, task and architecture are expected, each as 'key: value'");
  }
  for (const auto& [key, value] : root->entries) {
    std::string* field = key.text == "name"           ? &info.name
                         : key.text == "version"      ? &info.version
                         : key.text == "task"         ? &info.task
                         : key.text == "architecture" ? &info.architecture
                                                      : nullptr;
    if (field == nullptr) {
      return refused(key, "there is no key '" + printable(key.text) + "'" +
                              core::did_you_mean(key.text, {"name", "version", "task", "architecture"}));
    }
    if (value.kind != YamlKind::scalar) {
      return refused(key, key.text + " is a text");
    }
    *field = value.text;  // unresolved, so that 1.10 is not 1.1
  }
  return info;
}

BundleInfo info_of_file_name(const std::filesystem::path& archive) {
  std::string stem = archive.filename().string();
  for (const std::string_view ending : {".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst"}) {
    if (stem.size() > ending.size() && stem.ends_with(ending)) {
      stem.resize(stem.size() - ending.size());
      break;
    }
  }
  BundleInfo info;
  for (std::size_t dash = stem.rfind('-'); dash != std::string::npos && dash > 0; dash = stem.rfind('-', dash - 1)) {
    if (dash + 1 < stem.size() && is_digit(stem[dash + 1])) {
      info.version = stem.substr(dash + 1);
      stem.resize(dash);
      break;
    }
  }
  info.name = stem;
  return info;
}

BundleInfo merge(BundleInfo first, const BundleInfo& second) {
  const auto fill = [](std::string& field, const std::string& other) { field = field.empty() ? other : field; };
  fill(first.name, second.name);
  fill(first.version, second.version);
  fill(first.task, second.task);
  fill(first.architecture, second.architecture);
  return first;
}

}  // namespace cef::registry
