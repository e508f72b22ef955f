// Specifications of the arguments of roles: meta/argument_specs.yml, or argument_specs of meta/main.yml.
#include <algorithm>
#include <array>

#include "cef/core/near_name.hpp"
#include "reader.hpp"

namespace cef::playbook {

namespace fs = std::filesystem;
using core::Json;
using core::YamlKind;
using core::YamlNode;

namespace {

const std::vector<std::string> k_types = {"str",  "list", "dict", "bool", "int",     "float",
                                          "path", "raw",  "json", "bits", "jsonarg", "bytes"};

bool is_empty(const YamlNode* node) {
  return node == nullptr || node->kind == YamlKind::null || node->to_json().is_null();
}

}  // namespace

/// The options of a specification, checked at all depths.
Json Reader::options_of_spec(const Site& site, const YamlNode& spec) {
  const YamlNode* options = spec.find("options");
  if (is_empty(options)) {
    return Json::object();
  }
  const auto must_be = [&](const YamlNode& node, bool is_right, const std::string& what) {
    if (!is_right) {
      refuse(place_of(*site.source, node), what);
    }
    return is_right;
  };
  if (!must_be(*options, options->kind == YamlKind::map, "'options' is a map of the role's arguments")) {
    return Json::object();
  }
  for (const auto& [name, option] : options->entries) {
    if (!must_be(name, option.kind == YamlKind::map,
                 "the argument '" + name.text + "' is a map, such as {type: str}")) {
      return Json::object();
    }
    for (const char* key : {"type", "elements"}) {
      const YamlNode* type = option.find(key);
      if (!is_empty(type) &&
          !must_be(*type, std::find(k_types.begin(), k_types.end(), type->text) != k_types.end(),
                   "'" + type->text + "' is no type of an argument" + core::did_you_mean(type->text, k_types))) {
        return Json::object();
      }
    }
    for (const char* key : {"choices", "aliases"}) {
      const YamlNode* list = option.find(key);
      if (!is_empty(list) &&
          !must_be(*list, list->kind == YamlKind::list, "'" + std::string(key) + "' of an argument is a list")) {
        return Json::object();
      }
    }
    options_of_spec(site, option);
  }
  return value(site, *options);
}

void Reader::add_validation(const RoleUse& use, const std::shared_ptr<const Frame>& frame, const Site& around,
                            const fs::path& folder, std::vector<Item>& out) {
  auto files = role_files(folder / "meta", "argument_specs", false, false);
  files = files.empty() ? role_files(folder / "meta", "main", false, false) : files;
  const Source* source = files.empty() || !ok() ? nullptr : load(files.front(), use.place);
  const YamlNode* specs =
      source == nullptr || source->root.kind != YamlKind::map ? nullptr : source->root.find("argument_specs");
  if (is_empty(specs)) {
    return;
  }
  Site site = around;
  site.source = source;
  const auto from = use.from.find("tasks");
  const std::string entry = from == use.from.end() ? "main" : from->second;
  const YamlNode* spec = specs->kind == YamlKind::map ? specs->find(entry) : specs;
  if (is_empty(spec) || (spec->kind == YamlKind::map && spec->entries.empty())) {
    return;
  }
  if (spec->kind != YamlKind::map || specs->kind != YamlKind::map) {
    refuse(place_of(*source, *spec), "'argument_specs' is a map of maps: main: {options: {NAME: {type: str}}}");
    return;
  }
  const auto own = std::make_shared<Frame>();
  own->parent = frame;
  own->role = frame->role;
  own->folder = frame->folder;
  own->keywords.place = place_of(*source, *spec);
  const YamlNode* about = spec->find("short_description");
  own->keywords.name = {
      "Validating arguments against arg spec '" + entry + "'" + (about == nullptr ? "" : " - " + about->text),
      own->keywords.place};
  own->keywords.tags = {"always"};
  Json given = Json::object();
  for (const auto& [name, field] : use.params) {
    given[name] = field.value;
  }
  Task task;
  task.frame = own;
  task.module = "validate_argument_spec";
  task.action = "ansible.builtin.validate_argument_spec";
  const Json context = {{"argument_spec_name", entry},
                        {"name", use.name},
                        {"path", fs::absolute(folder).lexically_normal().string()},
                        {"type", "role"}};
  task.args = {{{"argument_spec", options_of_spec(site, *spec)},
                {"provided_arguments", std::move(given)},
                {"validate_args_context", context}},
               own->keywords.place};
  out.emplace_back().what = std::move(task);
}

}  // namespace cef::playbook
