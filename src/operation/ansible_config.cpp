#include "cef/operation/ansible_config.hpp"

#include <array>
#include <cstdlib>
#include <map>
#include <sstream>

#include <sys/stat.h>

#include "cef/core/file.hpp"
#include "cef/core/paths.hpp"
#include "cef/core/text.hpp"

namespace cef::operation {

namespace fs = std::filesystem;
using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

bool truth(const std::string& text) {
  const std::string word = core::lower(text);
  return word == "yes" || word == "true" || word == "on" || word == "1" || word == "y" || word == "t";
}

using Settings = std::map<std::string, std::string>;  // "section.key"

/// As Python's configparser reads it, with " ;" before a comment.
Result<Settings> read_settings(const std::string& text, const fs::path& file) {
  Settings settings;
  std::string section;
  std::string last;
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (const auto comment = line.find(" ;"); comment != std::string::npos) {
      line.erase(comment);
    }
    const bool continued = !line.empty() && (line[0] == ' ' || line[0] == '\t') && !last.empty();
    line = core::trim(line);
    if (line.empty() || line[0] == '#' || line[0] == ';') {
      continue;
    }
    if (continued) {
      settings[last] += (settings[last].empty() ? "" : "\n") + line;
      continue;
    }
    if (line[0] == '[' && line.back() == ']') {
      section = line.substr(1, line.size() - 2);
      last.clear();
      continue;
    }
    const auto equals = line.find_first_of("=:");
    if (section.empty() || equals == std::string::npos) {
      return fail(ErrorCode::usage, file.string() + ":" + std::to_string(number) + ": '" + line +
                                        "' is neither [SECTION] nor NAME = VALUE");
    }
    last = section + "." + core::lower(core::trim(line.substr(0, equals)));
    settings[last] = core::trim(line.substr(equals + 1));
  }
  return settings;
}

class Reading {
 public:
  Reading(Settings settings, fs::path file, const std::function<std::string(const char*)>& environment)
      : settings_(std::move(settings)), file_(std::move(file)), environment_(environment) {}

  /// The environment's value, or else the file's; "" for none.
  std::string text(const char* variable, const std::string& key) {
    const std::string set = environment_(variable);
    const auto found = settings_.find(key);
    from_file_ = set.empty() && found != settings_.end();
    return !set.empty() ? set : from_file_ ? found->second : "";
  }
  std::string path(const char* variable, const std::string& key) {
    const std::string value = text(variable, key);
    return value.empty() ? "" : resolved(value).string();
  }
  std::vector<fs::path> paths(const char* variable, const std::string& key, char separator) {
    std::vector<fs::path> list;
    std::istringstream parts(text(variable, key));
    for (std::string part; std::getline(parts, part, separator);) {
      if (part = core::trim(part); !part.empty()) {
        list.push_back(resolved(part));
      }
    }
    return list;
  }

 private:
  /// Relative to the file that says it, or to this folder where the environment does.
  [[nodiscard]] fs::path resolved(std::string value) const {
    if (value.size() > 1 && value.front() == value.back() && (value[0] == '"' || value[0] == '\'')) {
      value = value.substr(1, value.size() - 2);
    }
    for (const char* home : {"$HOME/", "${HOME}/"}) {
      if (value.rfind(home, 0) == 0) {
        value = "~/" + value.substr(std::string(home).size());
      }
    }
    const fs::path path = core::expand_home(value);
    return path.is_absolute() || !from_file_ || file_.parent_path().empty()
               ? path.lexically_normal()
               : (file_.parent_path() / path).lexically_normal();
  }

  Settings settings_;
  fs::path file_;
  const std::function<std::string(const char*)>& environment_;
  bool from_file_ = false;
};

struct Unhonoured {
  const char* variable;
  const char* key;
  const char* usual;
};

constexpr std::array<Unhonoured, 5> k_unhonoured = {
    {{"ANSIBLE_HASH_BEHAVIOUR", "defaults.hash_behaviour", "replace"},
     {"ANSIBLE_JINJA2_NATIVE", "defaults.jinja2_native", "false"},
     {"ANSIBLE_ERROR_ON_UNDEFINED_VARS", "defaults.error_on_undefined_vars", "true"},
     {"ANSIBLE_GATHERING", "defaults.gathering", "implicit"},
     {"ANSIBLE_STRATEGY", "defaults.strategy", "linear"}}};

bool is_usual(const std::string& value, const std::string& usual) {
  return usual == "true" || usual == "false" ? truth(value) == (usual == "true") : core::lower(value) == usual;
}

}  // namespace

Result<AnsibleConfig> parse_ansible_config(const std::string& text, const fs::path& file,
                                           const std::function<std::string(const char*)>& environment) {
  auto settings = read_settings(text, file);
  if (!settings) {
    return fail(settings.error());
  }
  Reading reading(std::move(*settings), file, environment);
  AnsibleConfig config;
  config.file = file;
  config.inventory = reading.paths("ANSIBLE_INVENTORY", "defaults.inventory", ',');
  config.roles_path = reading.paths("ANSIBLE_ROLES_PATH", "defaults.roles_path", ':');
  for (const auto& [variable, setting] : {std::pair{"ANSIBLE_COLLECTIONS_PATH", "defaults.collections_path"},
                                          {"ANSIBLE_COLLECTIONS_PATHS", "defaults.collections_paths"}}) {
    const auto folders = reading.paths(variable, setting, ':');
    config.roles_path.insert(config.roles_path.end(), folders.begin(), folders.end());
  }
  config.remote_user = reading.text("ANSIBLE_REMOTE_USER", "defaults.remote_user");
  config.private_key_file = reading.path("ANSIBLE_PRIVATE_KEY_FILE", "defaults.private_key_file");
  config.vault_password_file = reading.path("ANSIBLE_VAULT_PASSWORD_FILE", "defaults.vault_password_file");
  std::istringstream ids(reading.text("ANSIBLE_VAULT_IDENTITY_LIST", "defaults.vault_identity_list"));
  for (std::string id; std::getline(ids, id, ',');) {
    if (id = core::trim(id); !id.empty()) {
      config.vault_ids.push_back(id);
    }
  }
  config.become = truth(reading.text("ANSIBLE_BECOME", "privilege_escalation.become"));
  config.become_user = reading.text("ANSIBLE_BECOME_USER", "privilege_escalation.become_user");
  if (const auto method = reading.text("ANSIBLE_BECOME_METHOD", "privilege_escalation.become_method");
      !method.empty()) {
    config.become_method = core::parse_become_method(method);
    if (!config.become_method) {
      return fail(ErrorCode::usage, file.string() + ": become_method: '" + method + "'; cef knows sudo and su");
    }
  }
  config.become_flags = reading.text("ANSIBLE_BECOME_FLAGS", "privilege_escalation.become_flags");
  config.ansible_managed = reading.text("", "defaults.ansible_managed");
  config.become_exe = reading.text("ANSIBLE_BECOME_EXE", "privilege_escalation.become_exe");
  config.force_handlers = truth(reading.text("ANSIBLE_FORCE_HANDLERS", "defaults.force_handlers"));
  if (const std::string forks = reading.text("ANSIBLE_FORKS", "defaults.forks"); !forks.empty()) {
    config.forks = std::atoi(forks.c_str());
    if (*config.forks < 1 || *config.forks > 4096) {
      return fail(ErrorCode::usage, file.string() + ": forks: '" + forks + "' is not a number from 1 to 4096");
    }
  }
  for (const auto& [variable, key, usual] : k_unhonoured) {
    if (const std::string value = reading.text(variable, key); !value.empty() && !is_usual(value, usual)) {
      const std::string name = key;
      config.warnings.push_back((file.empty() ? std::string(variable) : file.string()) + ": '" +
                                name.substr(name.find('.') + 1) + " = " + value +
                                "' is not honoured; plays run as with '" + usual + "'");
    }
  }
  return config;
}

Result<AnsibleConfig> read_ansible_config() {
  const auto environment = [](const char* name) {
    const char* set = std::getenv(name);
    return std::string(set == nullptr ? "" : set);
  };
  std::vector<fs::path> places;
  if (const std::string set = environment("ANSIBLE_CONFIG"); !set.empty()) {
    const fs::path path = core::expand_home(set);
    places.push_back(fs::is_directory(path) ? path / "ansible.cfg" : path);
  }
  struct stat here {};
  if (::stat(".", &here) == 0 && (here.st_mode & S_IWOTH) == 0) {
    places.emplace_back("ansible.cfg");
  }
  places.emplace_back(core::expand_home("~/.ansible.cfg"));
  places.emplace_back("/etc/ansible/ansible.cfg");
  std::error_code ignored;
  for (const fs::path& place : places) {
    if (!fs::is_regular_file(place, ignored)) {
      continue;
    }
    const auto text = core::read_file(place, core::Bytes{1024U * 1024U});
    if (!text) {
      return fail(text.error());
    }
    return parse_ansible_config(*text, place, environment);
  }
  return parse_ansible_config("", {}, environment);
}

void apply(const AnsibleConfig& config, PlaybookOptions& options) {
  FleetOptions& fleet = options.fleet;
  if (fleet.inventory.empty()) {
    fleet.inventory = config.inventory;
  }
  options.roles_path.insert(options.roles_path.end(), config.roles_path.begin(), config.roles_path.end());
  if (!fleet.user && !config.remote_user.empty()) {
    fleet.user = config.remote_user;
  }
  if (!fleet.private_key && !config.private_key_file.empty()) {
    fleet.private_key = config.private_key_file;
  }
  if (!fleet.become_user && !config.become_user.empty()) {
    fleet.become_user = config.become_user;
  }
  if (!fleet.become_method) {
    fleet.become_method = config.become_method;
  }
  options.become_flags = config.become_flags;
  options.become_exe = config.become_exe;
  options.managed = config.ansible_managed;
  if (config.forks && fleet.forks == FleetOptions{}.forks) {
    fleet.forks = *config.forks;
  }
  fleet.become = fleet.become || config.become;
  options.force_handlers = options.force_handlers || config.force_handlers;
}

}  // namespace cef::operation
