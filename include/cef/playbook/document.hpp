#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"

namespace cef::playbook {

struct Place {
  std::shared_ptr<const std::string> file;
  int line = 0;    ///< from 1; 0: nowhere
  int column = 0;  ///< from 1
  /// "site.yaml:12:7"
  [[nodiscard]] std::string text() const;
};

/// A value as it stands in the playbook, templates not rendered.
struct Field {
  core::Json value;
  Place place;
  [[nodiscard]] bool given() const noexcept { return place.line != 0; }
};

/// Keywords that plays, roles, blocks and tasks share; what is unset comes from the parent.
struct Keywords {
  Place place;
  Field name;
  std::vector<Field> when;        ///< its own, without the parents', which must hold first
  std::vector<std::string> tags;  ///< its own, without the parents'
  std::map<std::string, Field> vars;
  Field environment;
  Field become, become_user, become_method, become_flags, become_exe;
  Field remote_user, connection, port;
  Field ignore_errors, ignore_unreachable;
  Field any_errors_fatal;
  Field check_mode, diff;
  Field no_log;
  Field delegate_to, delegate_facts, run_once;
  Field timeout;  ///< seconds
  Field throttle;
  Field collections, module_defaults;
};

struct Role;

/// Where a task stands: for variables of roles, files beside it, and what is inherited.
struct Frame {
  Keywords keywords;
  std::shared_ptr<const Frame> parent;  ///< block in block in role in play; nullptr: the play
  std::shared_ptr<const Role> role;     ///< of the nearest role, nullptr when in none
  std::filesystem::path folder;         ///< of the file that it stands in
  std::filesystem::path root;           ///< of a play: no file of tasks or role is included from outside of it
  bool include = false;                 ///< made by include_tasks or include_role: its vars win over set_fact
};

struct LoopControl {
  std::string loop_var = "item";
  std::string index_var;
  Field label;
  Field pause;  ///< seconds
  Field extended, extended_allitems;
};

enum class LoopKind {
  none,
  loop,
  items,
  dict,
  list,
  sequence,
  fileglob,
  nested,
  together,
  indexed_items,
  subelements,
  first_found,
  lookup
};

struct Task {
  std::shared_ptr<const Frame> frame;  ///< its own keywords, and the parents
  std::string module;                  ///< short name: "apt"
  std::string action;                  ///< as it is written: "ansible.builtin.apt"
  Field args;                          ///< a map; free-form and key=value already taken apart
  std::map<std::string, Place> arg_places;
  LoopKind loop_kind = LoopKind::none;
  std::string loop_lookup;  ///< of with_file, with_lines, …
  Field loop;
  LoopControl loop_control;
  std::string register_as;
  std::vector<Field> changed_when, failed_when, until;
  bool changed_when_given = false, failed_when_given = false;
  Field retries, delay;
  std::vector<Field> notify;
  std::vector<std::string> listen;  ///< of a handler
  Field async, poll;
};

struct Item;

struct Block {
  std::shared_ptr<const Frame> frame;
  std::vector<Item> block, rescue, always;
};

struct Item {
  std::variant<Task, Block> what;
};

/// A role that was read, with the parameters of one use of it.
struct Role {
  std::string name;
  std::filesystem::path folder;
  std::map<std::string, Field> defaults;
  std::map<std::string, Field> vars;    ///< `vars:` of the use below those of vars/main.yml
  std::map<std::string, Field> params;  ///< bare keys of the use
  /// Uses with the same identity run once on a host in a play, unless duplicates are allowed.
  std::string identity;
  bool allow_duplicates = false;
  // Only in what read_role gives: the roles that frames point to have no tasks and no handlers of their own.
  std::vector<Item> tasks;
  std::vector<Item> handlers;
};

struct Prompt {
  std::string name;
  std::string text;
  Field fallback;
  bool hidden = true;
  bool confirm = false;
  std::string encrypt;  ///< "sha512_crypt", …: the answer becomes a hash
  std::string salt;
  int salt_size = 8;
};

struct Play {
  std::shared_ptr<const Frame> frame;  ///< keywords of the play
  Field hosts;
  Field gather_facts, gather_subset;
  std::vector<Field> vars_files;
  std::vector<Prompt> prompts;
  std::vector<Field> serial;  ///< sizes of batches: numbers or "25%"
  Field max_fail_percentage;
  std::string strategy = "linear";
  std::string order = "inventory";
  bool force_handlers = false;
  /// pre_tasks; roles and tasks; post_tasks: notified handlers run after each.
  std::vector<Item> pre_tasks, tasks, post_tasks;
  /// In the order in which they run: of `roles:`, of the play, of imported roles. Of two with one name the later is
  /// meant.
  std::vector<Item> handlers;
  /// All of `roles:` and of import_role in order, dependencies before those that need them: their defaults and vars are
  /// variables of the whole play.
  std::vector<std::shared_ptr<const Role>> roles;
};

/// A variable that a task evaluates for certain when it runs.
struct NameUse {
  std::string name;
  Place place;
  std::shared_ptr<const Frame> frame;
};

/// What evaluating a variable evaluates for certain.
struct Definition {
  std::set<std::string> needs;
  Place place;
  std::string shut;  ///< why its value, a vault, did not open
};

/// What a task is sure to fail with when it runs.
struct Fault {
  Place place;
  std::string message;
  std::shared_ptr<const Frame> frame;
  bool several = false;                                  ///< includes bring it in: not one set of conditions tells
  bool looped = false;                                   ///< an include around it has a loop that may be empty
  core::Json loop{};                                     ///< of the task itself, where it is a template
  std::vector<std::shared_ptr<const Frame>> includes{};  ///< that conditions may leave out, around it
};

struct Playbook {
  std::vector<Play> plays;
  std::vector<Fault> faults;
  std::vector<Fault> doubts;  ///< what tasks fail with that may be left out: modules that cef has not
  bool works_here = false;    ///< its tasks may make files on the control node
  std::vector<NameUse> needs;
  std::set<std::string> gives;  ///< names that anything in it may define
  /// Of names, by the places where they are defined; nothing for what is no text, such as a result.
  std::map<std::string, std::map<std::string, Definition>> definitions;
  bool gives_others = false;  ///< and others that only a run can tell: include_vars of a template, …
};

}  // namespace cef::playbook
