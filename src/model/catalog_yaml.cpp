// Reads models/catalog.yaml into plain data. Every message begins with FILE:LINE.
#include <algorithm>
#include <set>
#include <utility>

#include "cef/core/near_name.hpp"
#include "cef/core/yaml.hpp"
#include "cef/model/catalog.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::YamlKind;
using core::YamlNode;

namespace {

/// Takes typed values out of one map and remembers the first thing that was wrong.
class Fields {
 public:
  Fields(const YamlNode& map, std::string file, std::vector<std::string> known)
      : map_(map), file_(std::move(file)), known_(std::move(known)) {
    if (map_.kind != YamlKind::map) {
      refuse(map_, "a map of keys and values is expected here");
    }
    for (const auto& [key, value] : map_.entries) {
      if (std::find(known_.begin(), known_.end(), key.text) == known_.end()) {
        refuse(key, "there is no key '" + key.text + "'" + core::did_you_mean(key.text, known_));
      }
    }
  }

  std::string text(const char* key, bool needed = true) {
    const YamlNode* node = get(key, needed);
    if (node != nullptr && node->kind != YamlKind::scalar) {
      refuse(*node, std::string(key) + " is a text");
      return {};
    }
    return node == nullptr ? std::string() : node->text;
  }
  std::int64_t number(const char* key, std::int64_t low, std::int64_t high, bool needed = true) {
    const YamlNode* node = get(key, needed);
    if (node == nullptr) {
      return 0;
    }
    const auto json = node->to_json();
    if (!json.is_number_integer() || json.get<std::int64_t>() < low || json.get<std::int64_t>() > high) {
      refuse(*node,
             std::string(key) + " is a whole number from " + std::to_string(low) + " to " + std::to_string(high));
      return low;
    }
    return json.get<std::int64_t>();
  }
  int small(const char* key, int low, int high) { return static_cast<int>(number(key, low, high)); }
  double real(const char* key) {
    const YamlNode* node = get(key, true);
    const auto json = node == nullptr ? core::Json(0) : node->to_json();
    if (!json.is_number()) {
      refuse(*node, std::string(key) + " is a number");
      return 0;
    }
    return json.get<double>();
  }
  bool flag(const char* key) {
    const YamlNode* node = get(key, false);
    const auto json = node == nullptr ? core::Json(false) : node->to_json();
    if (!json.is_boolean()) {
      refuse(*node, std::string(key) + " is true or false");
      return false;
    }
    return json.get<bool>();
  }
  void three(const char* key, float (&into)[3]) {
    const YamlNode* node = get(key, true);
    const auto json = node == nullptr ? core::Json() : node->to_json();
    const bool good = json.is_array() && json.size() == 3 &&
                      std::all_of(json.begin(), json.end(), [](const core::Json& v) { return v.is_number(); });
    if (!good) {
      refuse(node == nullptr ? map_ : *node, std::string(key) + " is a list of three numbers");
      return;
    }
    for (std::size_t i = 0; i < 3; ++i) {
      into[i] = json[i].get<float>();
    }
  }
  /// Lower-case hex, `length` digits, or any even number up to 64 when it is 0.
  std::string hex(const char* key, std::size_t length, bool needed) {
    const std::string value = text(key, needed);
    const bool digits = value.find_first_not_of("0123456789abcdef") == std::string::npos;
    const bool right = length == 0 ? value.size() <= 64 : value.size() == length;
    if (!value.empty() && !(digits && right)) {
      refuse(*map_.find(key), std::string(key) + " is not a SHA-256 in lower-case hexadecimal");
    }
    return value;
  }
  /// A node that is there, or nullptr.
  const YamlNode* get(const char* key, bool needed) {
    const YamlNode* node = map_.find(key);
    if (node == nullptr && needed) {
      refuse(map_, "the key '" + std::string(key) + "' is missing");
    }
    return node;
  }
  void refuse(const YamlNode& at, const std::string& what) {
    if (!error_) {
      error_ = core::Error{ErrorCode::usage, file_ + ":" + std::to_string(at.line) + ": " + what, {}};
    }
  }
  void take_error(const Fields& other) {
    if (!error_) {
      error_ = other.error_;
    }
  }
  [[nodiscard]] const std::optional<core::Error>& error() const noexcept { return error_; }

 private:
  const YamlNode& map_;
  std::string file_;
  std::vector<std::string> known_;
  std::optional<core::Error> error_;
};

const YamlNode& or_empty(const YamlNode* node) {
  static const YamlNode empty;
  return node == nullptr ? empty : *node;
}

class EntryReader {
 public:
  EntryReader(const YamlNode& node, const std::string& file)
      : file_(file),
        fields_(node, file,
                {"name", "architecture", "task", "dataset", "input", "normalisation", "file", "sha256", "sha256_prefix",
                 "url", "licence", "embedded", "parameters", "macs", "weight_bytes", "file_bytes", "quoted_accuracy",
                 "other_files"}) {}

  Result<CatalogEntry> read() {
    CatalogEntry entry;
    entry.name = fields_.text("name");
    read_architecture(entry.architecture);
    entry.task = fields_.text("task");
    entry.dataset = fields_.text("dataset");
    read_input(entry);
    read_file_keys(entry);
    constexpr std::int64_t k_most = std::int64_t{1} << 50U;
    entry.parameters = fields_.number("parameters", 1, k_most);
    entry.macs = fields_.number("macs", 1, k_most);
    entry.weight_bytes = static_cast<std::uint64_t>(fields_.number("weight_bytes", 1, k_most));
    entry.file_bytes = static_cast<std::uint64_t>(fields_.number("file_bytes", 1, k_most, false));
    if (const YamlNode* node = fields_.get("quoted_accuracy", false); node != nullptr) {
      Fields quoted(*node, file_, {"percent", "source"});
      entry.quoted_accuracy = QuotedAccuracy{quoted.real("percent"), quoted.text("source")};
      fields_.take_error(quoted);
    }
    if (const YamlNode* node = fields_.get("other_files", false); node != nullptr) {
      read_other_files(*node, entry);
    }
    return fields_.error() ? Result<CatalogEntry>(fail(*fields_.error())) : Result<CatalogEntry>(std::move(entry));
  }

 private:
  void read_architecture(Architecture& architecture) {
    const YamlNode* node = fields_.get("architecture", true);
    Fields inner(or_empty(node), file_, {"family", "depth", "width", "classes"});
    const auto family = parse_family(inner.text("family"));
    if (!family) {
      inner.refuse(or_empty(node),
                   "the family is cifar_resnet, torchvision_resnet, torchvision_efficientnet or torchscript");
    }
    architecture.family = family.value_or(Family::torchvision_resnet);
    const bool built = architecture.family != Family::torchscript;  // a TorchScript file holds its own network
    architecture.depth = static_cast<int>(inner.number("depth", 0, 10'000, built));
    architecture.width = static_cast<int>(inner.number("width", 1, 4096, built));
    architecture.classes = inner.small("classes", 2, 1'000'000);
    fields_.take_error(inner);
  }
  void read_input(CatalogEntry& entry) {
    const YamlNode* size = fields_.get("input", true);
    Fields input(or_empty(size), file_, {"height", "width", "resize", "interpolation"});
    entry.height = input.small("height", 1, 16'384);
    entry.width = input.small("width", 1, 16'384);
    const auto resize = input.number("resize", 1, 16'384, false);
    const std::string interpolation = input.text("interpolation", false);
    if (!interpolation.empty() && interpolation != "bilinear" && interpolation != "bicubic") {
      input.refuse(or_empty(size), "the interpolation is bilinear or bicubic");
    }
    entry.preprocessing = {resize > 0 ? static_cast<int>(resize) : std::min(entry.height, entry.width),
                           std::min(entry.height, entry.width),
                           interpolation == "bicubic" ? Interpolation::bicubic : Interpolation::bilinear};
    fields_.take_error(input);
    const YamlNode* node = fields_.get("normalisation", true);
    Fields normalisation(or_empty(node), file_, {"mean", "deviation"});
    normalisation.three("mean", entry.normalisation.mean);
    normalisation.three("deviation", entry.normalisation.deviation);
    for (const float deviation : entry.normalisation.deviation) {
      if (!(deviation > 0)) {
        normalisation.refuse(or_empty(node), "a standard deviation is larger than 0");
      }
    }
    fields_.take_error(normalisation);
  }
  void read_file_keys(CatalogEntry& entry) {
    entry.file = fields_.text("file");
    entry.embedded = fields_.flag("embedded");
    entry.sha256 = fields_.hex("sha256", 64, false);
    entry.sha256_prefix = fields_.hex("sha256_prefix", 0, false);
    entry.url = fields_.text("url", !entry.embedded);
    entry.licence = fields_.text("licence", false);
    check_file_name(entry.file);
    if (entry.sha256.empty() && entry.sha256_prefix.empty()) {
      fields_.get("sha256", true);
    }
  }
  /// A name leads nowhere else.
  void check_file_name(const std::string& name) {
    if (name.find('/') != std::string::npos || name.starts_with('.')) {
      fields_.refuse(or_empty(fields_.get("file", true)), "file is a plain file name, not a path");
    }
  }
  void read_other_files(const YamlNode& list, CatalogEntry& entry) {
    for (const YamlNode& node : list.items) {
      Fields inner(node, file_, {"file", "sha256", "bytes"});
      entry.other_files.push_back({inner.text("file"), inner.hex("sha256", 64, true),
                                   static_cast<std::uint64_t>(inner.number("bytes", 1, std::int64_t{1} << 50U))});
      check_file_name(entry.other_files.back().file);
      fields_.take_error(inner);
    }
  }

  const std::string& file_;
  Fields fields_;
};

}  // namespace

Result<Catalog> parse_catalog(std::string_view text, const std::filesystem::path& path) {
  const std::string file = path.string();
  const auto document = core::parse_yaml(text, file);
  if (!document) {
    return fail(document.error());
  }
  Fields top(*document, file, {"schema", "models"});
  if (top.text("schema") != "cef.catalog/1") {
    top.refuse(*document, "schema is cef.catalog/1");
  }
  const YamlNode* models = top.get("models", true);
  if (models != nullptr && models->kind != YamlKind::list) {
    top.refuse(*models, "models is a list");
  }
  if (top.error()) {
    return fail(*top.error());
  }
  Catalog catalog{path, {}};
  std::set<std::string> names;
  for (const YamlNode& node : models->items) {
    auto entry = EntryReader(node, file).read();
    if (!entry) {
      return fail(entry.error());
    }
    entry->catalog = path;
    if (entry->architecture.family == Family::torchscript) {
      entry->architecture.stated_parameters = entry->parameters;
      entry->architecture.stated_macs = entry->macs;
    }
    if (!names.insert(entry->name).second) {
      return fail(ErrorCode::usage,
                  file + ":" + std::to_string(node.line) + ": the model '" + entry->name + "' is there twice");
    }
    catalog.entries.push_back(std::move(*entry));
  }
  return catalog;
}

}  // namespace cef::model
