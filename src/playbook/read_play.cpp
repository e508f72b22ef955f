#include <algorithm>
#include <array>

#include "cef/core/near_name.hpp"
#include "cef/core/text.hpp"
#include "local_files.hpp"
#include "reader.hpp"
#include "split_arguments.hpp"

namespace cef::playbook {

namespace fs = std::filesystem;
using core::Json;
using core::YamlKind;
using core::YamlNode;

namespace {

const std::vector<std::string> k_play_keywords = {
    "hosts",  "gather_facts", "gather_subset",       "gather_timeout", "vars_files",    "vars_prompt",
    "serial", "strategy",     "max_fail_percentage", "order",          "user",          "pre_tasks",
    "roles",  "tasks",        "post_tasks",          "handlers",       "force_handlers"};

bool is_import(const std::string& key) {
  return key == "import_playbook" || key == "ansible.builtin.import_playbook" ||
         key == "ansible.legacy.import_playbook";
}

const YamlNode* import_of(const YamlNode& play) {
  const auto found = std::find_if(play.entries.begin(), play.entries.end(),
                                  [](const auto& entry) { return is_import(entry.first.text); });
  return found == play.entries.end() ? nullptr : &found->second;
}

/// What a play gets from the import_playbook that brought it in.
void add_imported(const Keywords& imported, Keywords& play) {
  for (const auto& [name, field] : imported.vars) {
    play.vars[name] = field;
  }
  for (const std::string& tag : imported.tags) {
    if (std::find(play.tags.begin(), play.tags.end(), tag) == play.tags.end()) {
      play.tags.push_back(tag);
    }
  }
  play.when.insert(play.when.begin(), imported.when.begin(), imported.when.end());
}

bool is_number_or_percent(const Json& value) {
  if (value.is_number()) {
    return true;
  }
  const std::string text = value.is_string() ? value.get<std::string>() : "";
  const std::string digits = text.ends_with('%') ? text.substr(0, text.size() - 1) : text;
  return jinja::is_template(text) || (!digits.empty() && digits.find_first_not_of("0123456789.") == std::string::npos);
}

}  // namespace

void Reader::read_hosts(const Site& site, const YamlNode& key, const YamlNode& node, Play& play) {
  play.hosts = field(site, node, !site.maybe);
  const auto refuse_host = [&](const YamlNode& one) {
    refuse(place_of(*site.source, one.kind == YamlKind::null ? key : one),
           "'hosts' is a pattern or a list of patterns of hosts, for example 'all'");
  };
  if (node.kind == YamlKind::map || play.hosts.value.is_null() || play.hosts.value == "") {
    refuse_host(node);
  }
  if (play.hosts.value.is_array()) {
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      if (!play.hosts.value[i].is_string() || play.hosts.value[i] == "") {
        refuse_host(node.items[i]);
      }
    }
    if (node.items.empty()) {
      refuse_host(node);
    }
  } else if (!play.hosts.value.is_string()) {
    play.hosts.value = node.text;
  }
}

void Reader::read_prompts(const Site& site, const YamlNode& node, Play& play) {
  if (node.kind != YamlKind::list) {
    refuse(place_of(*site.source, node), "'vars_prompt' is a list of maps with name and prompt");
    return;
  }
  for (const YamlNode& item : node.items) {
    Prompt prompt;
    for (const auto& [key, value] : item.entries) {
      if (key.text == "name") {
        prompt.name = variable_name(site, value, key.text);
      } else if (key.text == "prompt") {
        prompt.text = text(site, value, key.text, false).value.is_string() ? value.text : "";
      } else if (key.text == "default") {
        prompt.fallback = field(site, value, false);
      } else if (key.text == "private") {
        prompt.hidden = plain_boolean(site, value, key.text);
      } else if (key.text == "confirm") {
        prompt.confirm = plain_boolean(site, value, key.text);
      } else if (key.text == "encrypt") {
        prompt.encrypt = one_of(site, value, key.text, {"sha512_crypt", "sha256_crypt", "md5_crypt"});
      } else if (key.text == "salt") {
        prompt.salt = plain_text(site, value, key.text);
      } else if (key.text == "salt_size") {
        const Field size = integer(site, value, key.text);
        prompt.salt_size = size.value.is_number_integer() ? size.value.get<int>() : 8;
      } else if (key.text != "unsafe") {
        refuse(place_of(*site.source, key),
               "'" + key.text +
                   "' is not a key of vars_prompt that cef knows; it has name, prompt, default, private, "
                   "confirm, encrypt, salt, salt_size, unsafe");
      }
    }
    if (prompt.name.empty()) {
      refuse(place_of(*site.source, item), "this prompt has no 'name'");
    }
    prompt.text = prompt.text.empty() ? prompt.name : prompt.text;
    play.prompts.push_back(std::move(prompt));
  }
}

std::string Reader::one_of(const Site& site, const YamlNode& node, const std::string& key,
                           const std::vector<std::string>& choices) {
  constexpr std::string_view k_builtin = "ansible.builtin.";
  const Json known = known_before(site, node, key);
  std::string chosen = known.is_null() ? "" : core::text_of(known);
  chosen = chosen.starts_with(k_builtin) ? chosen.substr(k_builtin.size()) : chosen;
  if (ok() && std::find(choices.begin(), choices.end(), chosen) == choices.end()) {
    std::string list;
    for (const auto& choice : choices) {
      list += (list.empty() ? "" : ", ") + choice;
    }
    refuse(place_of(*site.source, node), "'" + key + "' is one of " + list + ", not '" + chosen + "'");
  }
  return chosen;
}

bool Reader::read_play_keyword(const Site& site, const YamlNode& key, const YamlNode& value, Play& play) {
  const std::string& name = key.text;
  if (name == "hosts") {
    read_hosts(site, key, value, play);
  } else if (name == "gather_facts") {
    play.gather_facts = boolean(site, value, name);
  } else if (name == "gather_subset") {
    play.gather_subset = field(site, value, false);
  } else if (name == "gather_timeout") {
    integer(site, value, name);
  } else if (name == "vars_files") {
    play.vars_files = fields(site, value, false);
  } else if (name == "vars_prompt") {
    read_prompts(site, value, play);
  } else if (name == "serial") {
    play.serial = fields(site, value, false);
    for (const Field& size : play.serial) {
      if (!is_number_or_percent(size.value)) {
        refuse(size.place, "'serial' is a number of hosts, a percentage, or a list of them");
      }
    }
  } else if (name == "max_fail_percentage") {
    play.max_fail_percentage = field(site, value, false);
    if (!is_number_or_percent(play.max_fail_percentage.value)) {
      refuse(play.max_fail_percentage.place, "'max_fail_percentage' is a number");
    }
  } else if (name == "strategy") {
    play.strategy = one_of(site, value, name, {"linear", "free", "host_pinned"});
  } else if (name == "order") {
    play.order = one_of(site, value, name, {"inventory", "sorted", "reverse_sorted", "reverse_inventory", "shuffle"});
  } else if (name == "force_handlers") {
    play.force_handlers = plain_boolean(site, value, name);
  } else {
    return name == "pre_tasks" || name == "roles" || name == "tasks" || name == "post_tasks" || name == "handlers";
  }
  return true;
}

void Reader::note_vars_files(const Play& play) {
  for (const Field& entry : play.vars_files) {
    const auto choices = entry.value.is_array() ? entry.value : Json::array({entry.value});
    bool found = false;
    for (const Json& choice : choices) {
      if (!choice.is_string() || jinja::is_template(choice.get_ref<const std::string&>())) {
        book_.gives_others = true;
        found = true;
        break;
      }
      if (const auto path = find_local(play.frame.get(), folder_, "vars", choice.get<std::string>())) {
        for (auto& [name, field] : read_vars_file(*path, entry.place)) {
          play_vars_[name] = std::move(field);
        }
        found = true;
        break;
      }
    }
    if (!found && ok()) {
      refuse(entry.place, "there is no vars file " + core::dump_line(entry.value) + " beside the playbook");
    }
  }
}

void Reader::read_play_parts(const Site& site, const YamlNode& node, Play& play) {
  std::vector<Item> role_handlers;
  std::vector<Item> imported_handlers;
  roles_.clear();
  imported_handlers_ = &imported_handlers;
  if (const YamlNode* roles = node.find("roles"); roles != nullptr && !roles->to_json().is_null()) {
    if (roles->kind != YamlKind::list) {
      refuse(place_of(*site.source, *roles), "'roles' is a list of roles");
    }
    for (const YamlNode& entry : roles->items) {
      const auto use = ok() ? role_entry(site, entry, Owner::role) : std::nullopt;
      if (use) {
        read_role(*use, site, play.tasks, role_handlers);
      }
    }
  }
  for (const auto& [key, items] : {std::pair{"pre_tasks", &play.pre_tasks}, std::pair{"tasks", &play.tasks},
                                   std::pair{"post_tasks", &play.post_tasks}}) {
    if (const YamlNode* list = node.find(key); list != nullptr && ok()) {
      read_items(site, *list, std::string("'") + key + "'", *items);
    }
  }
  play.handlers = std::move(role_handlers);
  if (const YamlNode* list = node.find("handlers"); list != nullptr && ok()) {
    Site inner = site;
    inner.handlers = true;
    inner.maybe = true;
    read_items(inner, *list, "'handlers'", play.handlers);
  }
  std::move(imported_handlers.begin(), imported_handlers.end(), std::back_inserter(play.handlers));
  imported_handlers_ = nullptr;
  play.roles = roles_;
}

void Reader::read_play(const Site& outside, const YamlNode& node, const Keywords& imported, std::vector<Play>& out) {
  Play play;
  const auto frame = std::make_shared<Frame>();
  frame->keywords.place = place_of(*outside.source, node);
  frame->folder = outside.source->path.parent_path();
  frame->root = root_;
  play.frame = frame;
  Site site = outside;
  site.frame = frame;
  site.maybe = !imported.when.empty();
  const auto needs_vars = [](const std::string& key) {
    return key == "strategy" || key == "order" || key == "force_handlers";
  };
  for (const auto& [key, value] : node.entries) {
    if (needs_vars(key.text)) {
      continue;
    }
    if (key.text == "user") {
      frame->keywords.remote_user = text(site, value, key.text, false);
    } else if (key.text == "include") {
      refuse(place_of(*site.source, key), "'include' is gone; write 'import_playbook'");
    } else if (!read_play_keyword(site, key, value, play) &&
               !read_keyword(site, key, value, Owner::play, frame->keywords)) {
      unknown_key(site, key, Owner::play, k_play_keywords);
    }
  }
  if (ok() && !play.hosts.given()) {
    refuse(frame->keywords.place, "this play has no 'hosts'; write 'hosts: all' or a group");
  }
  if (!ok()) {
    return;
  }
  add_imported(imported, frame->keywords);
  site.maybe = site.maybe || frame->keywords.ignore_errors.given();
  play_vars_ = frame->keywords.vars;
  note_vars_files(play);
  for (const auto& [key, value] : node.entries) {
    if (needs_vars(key.text)) {
      read_play_keyword(site, key, value, play);
    }
  }
  read_play_parts(site, node, play);
  keep_missing_files(play);
  out.push_back(std::move(play));
}

void Reader::import_playbook(const Site& site, const YamlNode& node, const Keywords& imported, std::vector<Play>& out) {
  Keywords own;
  Site unsure = site;
  unsure.maybe = true;
  for (const auto& [key, value] : node.entries) {
    if (!is_import(key.text) && !read_keyword(unsure, key, value, Owner::import, own)) {
      refuse(place_of(*site.source, key), "'" + key.text + "' is not a keyword of import_playbook" +
                                              core::did_you_mean(key.text, {"name", "when", "tags", "vars"}));
    }
  }
  const YamlNode& file = *import_of(node);
  Field name = text(site, file, "import_playbook", false);
  if (const auto words = split_words(file.text); name.value.is_string() && words && words->size() > 1) {
    name.value = words->front();  // parameters behind it have no effect, as in Ansible
  }
  if (ok() && !name.value.is_string()) {
    refuse(place_of(*site.source, file), "this import_playbook names no file; write 'import_playbook: FILE'");
  }
  const auto known = ok() ? static_text(name, own.vars) : std::nullopt;
  if (!known) {
    return;
  }
  add_imported(imported, own);
  const fs::path path = (site.source->path.parent_path() / *known).lexically_normal();
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) {
    refuse(name.place, "there is no playbook '" + *known + "'; looked for " + path.string());
  } else if (!is_inside(path)) {
    refuse(name.place, "'" + *known + "' is outside of the playbook's folder; put the file into it");
  } else if (const Source* source = load(path, name.place)) {
    const fs::path before = std::exchange(folder_, path.parent_path());
    read_plays(*source, own, out);
    folder_ = before;
  }
}

void Reader::read_plays(const Source& source, const Keywords& imported, std::vector<Play>& out) {
  if (source.root.kind != YamlKind::list) {
    refuse(place_of(source, source.root), source.root.kind == YamlKind::null
                                              ? "is empty; a playbook is a list of plays"
                                              : "is not a list of plays; begin each play with '- hosts:'");
    return;
  }
  const std::string file = source.path.lexically_normal().string();
  if (std::find(open_files_.begin(), open_files_.end(), file) != open_files_.end()) {
    refuse(place_of(source, source.root), "imports itself, by import_playbook");
    return;
  }
  open_files_.push_back(file);
  Site site;
  site.source = &source;
  const auto frame = std::make_shared<Frame>();
  frame->folder = source.path.parent_path();
  for (const YamlNode& node : source.root.items) {
    if (!ok()) {
      return;
    }
    if (node.kind != YamlKind::map) {
      refuse(place_of(source, node), "a play is a map with 'hosts' and 'tasks'");
    } else if (import_of(node) != nullptr) {
      site.frame = frame;
      import_playbook(site, node, imported, out);
    } else {
      site.frame = nullptr;
      read_play(site, node, imported, out);
    }
  }
  open_files_.pop_back();
}

Playbook Reader::read_playbook(const fs::path& file) {
  if (const Source* source = load(file, {})) {
    read_plays(*source, {}, book_.plays);
  }
  return std::move(book_);
}

std::vector<Item> Reader::read_task_file(const fs::path& file, const Site& site, const Place& from) {
  std::vector<Item> items;
  const Source* source = load(file, from);
  if (source == nullptr) {
    return items;
  }
  const std::string name = file.lexically_normal().string();
  if (std::find(open_files_.begin(), open_files_.end(), name) != open_files_.end()) {
    refuse(from, "imports itself, by " + name + "; write include_tasks with a 'when' that ends it");
    return items;
  }
  open_files_.push_back(name);
  Site inner = site;
  inner.source = source;
  read_items(inner, source->root, "a file of tasks", items);
  open_files_.pop_back();
  return items;
}

Vars Reader::read_vars_file(const fs::path& file, const Place& from) {
  const Source* source = load(file, from);
  if (source == nullptr || source->root.kind == YamlKind::null) {
    return {};
  }
  Site site;
  site.source = source;
  if (source->root.kind != YamlKind::map) {
    refuse(place_of(*source, source->root), "is not a map of variables: NAME: VALUE");
    return {};
  }
  return variables(site, source->root, "vars");
}

}  // namespace cef::playbook
