#include <algorithm>
#include <set>

#include "builder.hpp"
#include "cef/core/file.hpp"
#include "cef/core/vault.hpp"
#include "cef/core/yaml.hpp"

namespace cef::inventory {

namespace fs = std::filesystem;
using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr core::Bytes k_max_file{64U * 1024U * 1024U};

/// What Ansible leaves out when it reads a folder.
bool is_ignored(const fs::path& path) {
  static const std::set<std::string> extensions = {".pyc", ".pyo",  ".swp",  ".bak", ".rpm",   ".md", ".txt",
                                                   ".rst", ".orig", ".ini~", ".cfg", ".retry", ".sh"};
  const std::string name = path.filename().string();
  return name.front() == '.' || name.back() == '~' || name == "group_vars" || name == "host_vars" ||
         extensions.contains(path.extension().string());
}

Result<std::vector<fs::path>> entries_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    entries.push_back(it->path());
  }
  if (error) {
    return fail(ErrorCode::usage, folder.string() + ": cannot be read: " + error.message());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool looks_like_yaml(const fs::path& file, const std::string& text) {
  const std::string extension = file.extension().string();
  if (extension == ".yaml" || extension == ".yml" || extension == ".json") {
    return true;
  }
  if (extension == ".ini" || extension == ".cfg") {
    return false;
  }
  // Without an extension Ansible tries YAML, then INI; a first line with a colon at its end, or '---', is YAML.
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (!line.empty() && line[0] != '#' && line[0] != ';') {
      return line[0] == '{' || line == "---" || (line[0] != '[' && line.back() == ':');
    }
    at = end + 1;
  }
  return false;
}

/// The text of a file, in place, when that is a vault.
Result<void> open_text(std::string& text, const fs::path& file, const LoadOptions& options) {
  if (!core::is_vault(text)) {
    return {};
  }
  auto plain = options.open_vault(text);
  if (!plain) {
    return fail(plain.error().code, file.string() + ":1:1: " + plain.error().message);
  }
  text = std::move(*plain);
  return {};
}

Result<void> read_file_into(Builder& builder, const fs::path& file, const LoadOptions& options) {
  auto text = core::read_file(file, k_max_file);
  if (!text) {
    return fail(core::Error{text.error()}.in("inventory"));
  }
  if (auto opened = open_text(*text, file, options); !opened) {
    return opened;
  }
  return looks_like_yaml(file, *text) ? read_yaml(builder, *text, file.string(), options)
                                      : read_ini(builder, *text, file.string());
}

Result<void> read_source(Builder& builder, const fs::path& source, const LoadOptions& options) {
  std::error_code error;
  if (!fs::exists(source, error)) {
    if (std::string hosts = source.string(); hosts.find(',') != std::string::npos) {  // "-i pi-1,pi-2" or "-i pi-1,"
      std::replace(hosts.begin(), hosts.end(), ',', '\n');
      return read_ini(builder, hosts + "\n", source.string());
    }
    return fail(ErrorCode::usage, source.string() + ": there is no such inventory file or folder");
  }
  if (!fs::is_directory(source, error)) {
    return read_file_into(builder, source, options);
  }
  const auto entries = entries_of(source);
  if (!entries) {
    return fail(entries.error());
  }
  for (const auto& entry : *entries) {
    if (!is_ignored(entry)) {
      if (auto done = read_source(builder, entry, options); !done) {
        return done;
      }
    }
  }
  return {};
}

/// Of one group or host.
struct Owner {
  Variables& vars;
  std::optional<core::Error> shut{};  ///< why the first file that is a vault did not open
};

Result<void> add_variables_of_file(Owner& owner, const fs::path& file, const LoadOptions& options) {
  auto text = core::read_file(file, k_max_file);
  if (!text) {
    return fail(text.error());
  }
  if (auto opened = open_text(*text, file, options); !opened) {
    if (opened.error().code != ErrorCode::usage) {
      return opened;
    }
    owner.shut = owner.shut.value_or(opened.error());
    return {};
  }
  const auto root = core::parse_yaml(*text, file.string());
  if (!root) {
    return fail(root.error());
  }
  if (root->kind != core::YamlKind::map && root->kind != core::YamlKind::null) {
    return fail(ErrorCode::usage, file.string() + ":1: is not a map of variables; write NAME: VALUE");
  }
  auto variables = variables_of(*root, file.string(), options);
  if (!variables) {
    return fail(variables.error());
  }
  for (auto& [name, value] : *variables) {
    owner.vars[name] = std::move(value);
  }
  return {};
}

/// group_vars/NAME, NAME.yml, NAME.yaml, NAME.json; a folder NAME is read whole, in order.
Result<void> add_variables(Owner& owner, const fs::path& base, const LoadOptions& options) {
  std::error_code error;
  for (const char* extension : {"", ".yml", ".yaml", ".json"}) {
    const fs::path path = base.string() + extension;
    if (!fs::exists(path, error)) {
      continue;
    }
    if (!fs::is_directory(path, error)) {
      if (auto done = add_variables_of_file(owner, path, options); !done) {
        return done;
      }
      continue;
    }
    const auto entries = entries_of(path);
    if (!entries) {
      return fail(entries.error());
    }
    for (const auto& entry : *entries) {
      const std::string name = entry.filename().string();
      const std::string kind = entry.extension().string();
      const bool wanted = name.front() != '.' && name.back() != '~' &&
                          (kind.empty() || kind == ".yml" || kind == ".yaml" || kind == ".json");
      if (wanted || fs::is_directory(entry, error)) {
        auto done = fs::is_directory(entry, error) ? add_variables(owner, entry, options)
                                                   : add_variables_of_file(owner, entry, options);
        if (!done) {
          return done;
        }
      }
    }
  }
  return {};
}

Result<void> add_variable_folders(Inventory& inventory, const fs::path& beside, const LoadOptions& options) {
  const auto add = [&](const std::string& name, Variables& vars, const fs::path& folder) {
    Owner owner{vars};
    auto done = add_variables(owner, folder / name, options);
    if (owner.shut) {
      inventory.shut.emplace(name, std::move(*owner.shut));
    }
    return done;
  };
  std::error_code error;
  if (fs::is_directory(beside / "group_vars", error)) {
    for (auto& [name, group] : inventory.groups) {
      if (auto done = add(name, group.file_vars, beside / "group_vars"); !done) {
        return done;
      }
    }
  }
  if (fs::is_directory(beside / "host_vars", error)) {
    for (auto& [name, host] : inventory.hosts) {
      if (auto done = add(name, host.vars, beside / "host_vars"); !done) {
        return done;
      }
    }
  }
  return {};
}

Result<core::Json> value_of(const core::YamlNode& node, const std::string& file, const LoadOptions& options) {
  const bool vault = node.tag == "!vault" || node.tag == "!vault-encrypted";
  if (node.kind == core::YamlKind::scalar && vault && !options.templates) {
    return vault_value(node.text);
  }
  if (node.kind == core::YamlKind::scalar && vault) {
    auto plain = options.open_vault(node.text);
    if (plain) {
      return core::Json(std::move(*plain));
    }
    const std::string why =
        file + ":" + std::to_string(node.line) + ":" + std::to_string(node.column) + ": " + plain.error().message;
    return plain.error().code == ErrorCode::usage ? Result<core::Json>(core::shut_vault(why))
                                                  : fail(plain.error().code, why);
  }
  if (node.kind == core::YamlKind::scalar && node.tag == "!unsafe" && options.templates) {
    return core::Json("{% raw %}" + node.text + "{% endraw %}");
  }
  core::Json made = node.kind == core::YamlKind::list  ? core::Json::array()
                    : node.kind == core::YamlKind::map ? core::Json::object()
                                                       : node.to_json();
  for (const auto& one : node.items) {
    auto item = value_of(one, file, options);
    if (!item) {
      return item;
    }
    made.push_back(std::move(*item));
  }
  for (const auto& [key, value] : node.entries) {
    auto item = value_of(value, file, options);
    if (!item) {
      return item;
    }
    made[key.text] = std::move(*item);
  }
  return made;
}

}  // namespace

Result<Variables> variables_of(const core::YamlNode& map, const std::string& file, const LoadOptions& options) {
  Variables vars;
  for (const auto& [key, node] : map.entries) {
    auto value = value_of(node, file, options);
    if (!value) {
      return fail(value.error());
    }
    vars[key.text] = std::move(*value);
  }
  return vars;
}

Result<Inventory> load(const std::vector<fs::path>& sources, const LoadOptions& options) {
  Builder builder(options.host_limit);
  for (const auto& source : sources) {
    if (auto done = read_source(builder, source, options); !done) {
      return fail(done.error());
    }
  }
  auto inventory = builder.finish();
  if (!inventory) {
    return inventory;
  }
  inventory->open_vault = options.open_vault;
  std::set<fs::path> done_folders;
  std::vector<fs::path> folders;
  std::error_code error;
  for (const auto& source : sources) {
    folders.push_back(fs::is_directory(source, error) ? source : source.parent_path());
  }
  folders.insert(folders.end(), options.more_folders.begin(), options.more_folders.end());
  for (fs::path folder : folders) {
    folder = folder.empty() ? fs::path(".") : folder;
    if (done_folders.insert(fs::weakly_canonical(folder, error)).second) {
      if (auto done = add_variable_folders(*inventory, folder, options); !done) {
        return fail(done.error());
      }
    }
  }
  return inventory;
}

}  // namespace cef::inventory
