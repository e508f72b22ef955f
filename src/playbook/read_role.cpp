#include <algorithm>

#include "cef/core/near_name.hpp"
#include "reader.hpp"

namespace cef::playbook {

namespace fs = std::filesystem;
using core::Json;
using core::YamlKind;
using core::YamlNode;

namespace {

std::vector<std::string> folders_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  return names;
}

/// Files of variables below a folder in the order of their names, hidden ones and backups left out.
std::vector<fs::path> files_of_vars(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const std::string ending = it->path().extension().string();
    if (it->is_regular_file(error) && !name.starts_with('.') && !name.ends_with('~') &&
        (ending.empty() || ending == ".yml" || ending == ".yaml" || ending == ".json")) {
      files.push_back(it->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Where a role NAMESPACE.COLLECTION.ROLE lies below a folder of collections; empty: it is no such name.
fs::path path_in_collections(const std::string& name) {
  const std::size_t first = name.find('.');
  const std::size_t second = first == std::string::npos ? first : name.find('.', first + 1);
  if (second == std::string::npos) {
    return {};
  }
  std::string role = name.substr(second + 1);
  std::replace(role.begin(), role.end(), '.', '/');
  return fs::path("ansible_collections") / name.substr(0, first) / name.substr(first + 1, second - first - 1) /
         "roles" / role;
}

std::string identity_of(const Reader::RoleUse& use) {
  Json all = {{"name", use.name}, {"from", use.from}, {"keywords", use.fingerprint}, {"included", use.included}};
  for (const auto& [kind, vars] : {std::pair{"vars", &use.vars}, std::pair{"params", &use.params}}) {
    all[kind] = Json::object();
    for (const auto& [name, field] : *vars) {
      all[kind][name] = field.value;
    }
  }
  return core::dump_line(all);
}

}  // namespace

std::optional<fs::path> Reader::find_role(const std::string& name, const Site& site, const Place& place, bool must) {
  std::vector<fs::path> folders = {folder_ / "roles"};
  folders.insert(folders.end(), options_.roles_path.begin(), options_.roles_path.end());
  for (const Frame* frame = site.frame.get(); frame != nullptr; frame = frame->parent.get()) {
    if (frame->role) {
      folders.push_back(frame->role->folder.parent_path());
    }
  }
  std::vector<fs::path> places;
  if (const fs::path path = path_in_collections(name); !path.empty()) {
    places.push_back(folder_ / "collections" / path);
    std::transform(folders.begin() + 1, folders.end(), std::back_inserter(places),
                   [&](const fs::path& folder) { return folder / path; });
  }
  std::transform(folders.begin(), folders.end(), std::back_inserter(places),
                 [&](const fs::path& folder) { return folder / name; });
  places.push_back(folder_ / name);
  std::error_code ignored;
  std::string looked;
  for (const fs::path& one : places) {
    const fs::path path = one.lexically_normal();
    if (!name.empty() && fs::is_directory(path, ignored)) {
      if (!is_inside(path)) {
        refuse(place, "the role '" + name + "' is outside of the playbook's folder; give its folder with --roles-path");
        return std::nullopt;
      }
      return path;
    }
    const std::string text = path.string();
    looked += looked.find(text) != std::string::npos ? "" : (looked.empty() ? "" : ", ") + text;
  }
  if (must) {
    std::vector<std::string> names;
    for (const fs::path& folder : folders) {
      const auto found = folders_in(folder);
      names.insert(names.end(), found.begin(), found.end());
    }
    refuse(place, "there is no role '" + name + "'; looked for " + looked + core::did_you_mean(name, names));
  }
  return std::nullopt;
}

std::vector<fs::path> Reader::role_files(const fs::path& folder, const std::string& main, bool given, bool all) {
  std::error_code ignored;
  const std::vector<std::string> endings = given ? std::vector<std::string>{"", ".yml", ".yaml", ".json"}
                                                 : std::vector<std::string>{".yml", ".yaml", ".json", ""};
  for (const std::string& ending : endings) {
    const fs::path path = folder / (main + ending);
    if (fs::is_directory(path, ignored)) {
      if (all) {
        return files_of_vars(path);
      }
    } else if (fs::exists(path, ignored)) {
      return {path};
    }
  }
  return {};
}

bool Reader::are_inside(const std::vector<fs::path>& files, const RoleUse& use) {
  const auto other = std::find_if(files.begin(), files.end(), [&](const fs::path& file) { return !is_inside(file); });
  if (other != files.end()) {
    refuse(use.place, "the file '" + other->lexically_normal().string() + "' of the role '" + use.name +
                          "' is outside of the playbook's folder; put the file into the role");
  }
  return other == files.end();
}

Vars Reader::role_vars(const RoleUse& use, const fs::path& folder, const std::string& kind) {
  const auto from = use.from.find(kind);
  const bool given = from != use.from.end();
  const auto files = role_files(folder / kind, given ? from->second : "main", given, true);
  if (files.empty() && given) {
    refuse(use.place, "the role '" + use.name + "' has no file " + kind + "/" + from->second);
  }
  if (given && !are_inside(files, use)) {
    return {};
  }
  Vars vars;
  for (const fs::path& file : files) {
    for (auto& [name, field] : read_vars_file(file, use.place)) {
      vars[name] = std::move(field);
    }
  }
  return vars;
}

void Reader::role_items(const RoleUse& use, const Site& site, const fs::path& folder, const std::string& kind,
                        std::vector<Item>& out) {
  const auto from = use.from.find(kind);
  const bool given = from != use.from.end();
  const auto files = role_files(folder / kind, given ? from->second : "main", given, false);
  if (files.empty()) {
    if (given) {
      refuse(use.place, "the role '" + use.name + "' has no file " + kind + "/" + from->second);
    }
    return;
  }
  if (given && !are_inside(files, use)) {
    return;
  }
  Site inner = site;
  inner.handlers = kind == "handlers";
  inner.maybe = site.maybe || inner.handlers;
  auto items = read_task_file(files.front(), inner, use.place);
  std::move(items.begin(), items.end(), std::back_inserter(out));
}

std::optional<Reader::RoleUse> Reader::role_entry(const Site& site, const YamlNode& node, Owner owner) {
  RoleUse use;
  Site unsure = site;
  unsure.maybe = true;
  use.place = place_of(*site.source, node);
  Field name{node.text, use.place};
  if (node.kind == YamlKind::map) {
    const YamlNode* named = node.find("role") != nullptr ? node.find("role") : node.find("name");
    if (named == nullptr || named->kind != YamlKind::scalar) {
      refuse(use.place, "this role has no name; write 'role: NAME'");
      return std::nullopt;
    }
    name = {named->text, place_of(*site.source, *named)};
    use.place = name.place;
    for (const auto& [key, value] : node.entries) {
      if (key.text == "role" || key.text == "name" || read_keyword(unsure, key, value, owner, use.keywords)) {
        continue;
      }
      if (!is_variable_name(key.text)) {
        refuse(place_of(*site.source, key), "'" + key.text + "' is no name of a parameter of a role");
      }
      use.params[key.text] = field(site, value, false);
      give(key.text, place_of(*site.source, key));
    }
    use.keywords.place = place_of(*site.source, node);
  } else if (node.kind != YamlKind::scalar) {
    refuse(use.place, "a role is a name, or a map with 'role: NAME'");
    return std::nullopt;
  }
  const auto known = ok() ? static_text(name, use.keywords.vars) : std::nullopt;
  if (!known) {
    return std::nullopt;
  }
  use.name = *known;
  use.vars = std::exchange(use.keywords.vars, {});
  for (const Field& condition : use.keywords.when) {
    use.fingerprint += "when " + core::dump_line(condition.value) + "\n";
  }
  for (const std::string& tag : use.keywords.tags) {
    use.fingerprint += "tag " + tag + "\n";
  }
  return use;
}

void Reader::role_dependencies(const Site& site, const fs::path& folder, Role& role, std::vector<Item>& tasks,
                               std::vector<Item>& handlers) {
  const auto files = role_files(folder / "meta", "main", false, false);
  const Source* source = files.empty() ? nullptr : load(files.front(), {});
  if (source == nullptr || source->root.kind == YamlKind::null) {
    return;
  }
  Site inner = site;
  inner.source = source;
  if (source->root.kind != YamlKind::map) {
    refuse({source->name, 1, 1}, "meta of a role is a map with 'dependencies'");
    return;
  }
  if (const YamlNode* duplicates = source->root.find("allow_duplicates")) {
    role.allow_duplicates = plain_boolean(inner, *duplicates, "allow_duplicates");
  }
  const YamlNode* list = source->root.find("dependencies");
  if (list == nullptr || list->kind == YamlKind::null || list->to_json().is_null()) {
    return;
  }
  if (list->kind != YamlKind::list) {
    refuse(place_of(*source, *list), "'dependencies' is a list of roles");
    return;
  }
  for (const YamlNode& entry : list->items) {
    const auto use = ok() ? role_entry(inner, entry, Owner::role) : std::nullopt;
    if (use) {
      read_role(*use, inner, tasks, handlers);
    }
  }
}

void Reader::read_role(const RoleUse& use, const Site& site, std::vector<Item>& tasks, std::vector<Item>& handlers) {
  const auto folder = ok() ? find_role(use.name, site, use.place) : std::nullopt;
  if (!folder) {
    return;
  }
  const auto from = use.from.find("tasks");
  const std::string key = folder->string() + (from == use.from.end() ? "" : " (" + from->second + ")");
  if (const auto open = std::find(open_roles_.begin(), open_roles_.end(), key); open != open_roles_.end()) {
    std::string circle;
    for (auto one = open; one != open_roles_.end(); ++one) {
      circle += fs::path(*one).filename().string() + " → ";
    }
    refuse(use.place, "roles need each other in a circle: " + circle + use.name + "; take one dependency away");
    return;
  }
  open_roles_.push_back(key);
  const auto role = std::make_shared<Role>();
  role->name = use.name;
  role->folder = *folder;
  role->identity = identity_of(use);
  role->params = use.params;
  role->defaults = role_vars(use, *folder, "defaults");
  role->vars = use.vars;
  for (auto& [name, field] : role_vars(use, *folder, "vars")) {
    role->vars[name] = std::move(field);
  }
  const auto frame = std::make_shared<Frame>();
  frame->keywords = use.keywords;
  frame->parent = site.frame;
  frame->role = role;
  frame->folder = *folder / "tasks";
  Site inner = site;
  inner.frame = frame;
  inner.maybe = site.maybe || !use.keywords.when.empty();
  role_dependencies(inner, *folder, *role, tasks, handlers);
  role->allow_duplicates = use.included ? use.allow_duplicates : role->allow_duplicates;
  roles_.push_back(role);
  Block block{frame, {}, {}, {}};
  if (use.validate) {
    add_validation(use, frame, inner, *folder, block.block);
  }
  role_items(use, inner, *folder, "tasks", block.block);
  tasks.emplace_back().what = std::move(block);
  role_items(use, inner, *folder, "handlers", handlers);
  open_roles_.pop_back();
}

}  // namespace cef::playbook
