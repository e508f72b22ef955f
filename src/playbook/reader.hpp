#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/yaml.hpp"
#include "cef/jinja/template.hpp"
#include "cef/modules/module.hpp"
#include "cef/playbook/document.hpp"
#include "cef/playbook/read.hpp"

namespace cef::playbook {

using Vars = std::map<std::string, Field>;

/// A YAML file that was read.
struct Source {
  std::shared_ptr<const std::string> name;  ///< as the user reaches it
  std::filesystem::path path;
  std::string text;  ///< decrypted
  std::vector<std::size_t> lines;
  core::YamlNode root;
};

/// What a node inherits from where it stands.
struct Site {
  const Source* source = nullptr;
  std::shared_ptr<const Frame> frame;
  bool handlers = false;
  bool maybe = false;    ///< under a condition, in a rescue, in a handler: may never be evaluated
  bool perhaps = false;  ///< a loop that may be empty, or an include that a condition may leave out, is around it
  bool looped = false;   ///< of it, the loop
  core::Json loop{};     ///< of the task, where it is a template
  std::vector<std::shared_ptr<const Frame>> includes{};  ///< that conditions may leave out, around it
  std::vector<Field> notify;                             ///< of the blocks around it
};

enum class Owner { play, role, block, task, import };

/// Reads documents. The first thing that is wrong is kept and ends the reading; what is read after it has no meaning.
class Reader {
 public:
  Reader(const ReadOptions& options, std::filesystem::path folder);

  [[nodiscard]] bool ok() const noexcept { return !error_.has_value(); }
  [[nodiscard]] core::Error take_error() { return std::move(*error_); }

  Playbook read_playbook(const std::filesystem::path& file);
  std::vector<Item> read_task_file(const std::filesystem::path& file, const Site& site, const Place& from);
  /// The same of a path that was not known before the run: it may lead anywhere.
  std::vector<Item> read_included(const std::filesystem::path& file, const Site& site);
  Vars read_vars_file(const std::filesystem::path& file, const Place& from);
  /// A role and what it depends on, as blocks below `parent`; handlers go to `handlers`.
  struct RoleUse {
    std::string name;
    std::map<std::string, std::string> from;
    Vars vars, params;
    Keywords keywords;
    bool allow_duplicates = false;
    bool included = false;
    bool validate = true;     ///< arguments, by meta/argument_specs
    std::string fingerprint;  ///< of its keywords
    Place place;
  };
  void read_role(const RoleUse& use, const Site& site, std::vector<Item>& tasks, std::vector<Item>& handlers);
  [[nodiscard]] const std::vector<std::shared_ptr<const Role>>& roles() const noexcept { return roles_; }

  /// A frame with the keywords of a map, for `apply`.
  std::shared_ptr<const Frame> frame_of_apply(const Field& apply, const std::shared_ptr<const Frame>& include);
  void set_root(std::filesystem::path root) { root_ = std::move(root); }
  void set_search_folder(std::filesystem::path folder) { folder_ = std::move(folder); }

 private:
  // reader.cpp
  const Source* load(const std::filesystem::path& path, const Place& from);
  void refuse(const Place& place, const std::string& what, core::ErrorCode code = core::ErrorCode::usage);
  [[nodiscard]] bool is_inside(const std::filesystem::path& path) const;
  std::optional<std::string> decrypt(const std::string& text, const Place& place);

  // read_field.cpp
  Field field(const Site& site, const core::YamlNode& node, bool certain);
  Field boolean(const Site& site, const core::YamlNode& node, const std::string& key);
  Field integer(const Site& site, const core::YamlNode& node, const std::string& key);
  Field text(const Site& site, const core::YamlNode& node, const std::string& key, bool certain);
  std::string plain_text(const Site& site, const core::YamlNode& node, const std::string& key);
  /// Of a keyword of a play: a template in it is rendered with what is known before the run.
  core::Json known_before(const Site& site, const core::YamlNode& node, const std::string& key);
  bool plain_boolean(const Site& site, const core::YamlNode& node, const std::string& key);
  std::string variable_name(const Site& site, const core::YamlNode& node, const std::string& key);
  std::vector<Field> fields(const Site& site, const core::YamlNode& node, bool certain);
  std::vector<Field> conditions(const Site& site, const core::YamlNode& node, const std::string& key, bool certain);
  std::vector<std::string> words(const Site& site, const core::YamlNode& node, const std::string& key);
  std::vector<std::string> tags(const Site& site, const core::YamlNode& node);
  Vars variables(const Site& site, const core::YamlNode& node, const std::string& key);
  core::Json value(const Site& site, const core::YamlNode& node);
  core::Json tagged_value(const Site& site, const core::YamlNode& node);
  void check_strings(const Site& site, const core::YamlNode& node, const core::Json& value, jinja::Kind kind,
                     bool certain);
  void check(const Site& site, const core::YamlNode& node, const std::string& text, jinja::Kind kind, bool certain);
  /// Notes that something defines a name; `value`: by which text, if by any.
  void give(const std::string& name, const Place& place, const core::Json& value = {});
  std::optional<std::string> static_text(const Field& name, const Vars& vars);

  // read_keywords.cpp
  bool read_keyword(const Site& site, const core::YamlNode& key, const core::YamlNode& value, Owner owner,
                    Keywords& keywords);
  void unknown_key(const Site& site, const core::YamlNode& key, Owner owner, std::vector<std::string> known);
  void not_supported(const Site& site, const core::YamlNode& key);
  void check_defaults(const Site& site, const core::YamlNode& node);

  // read_action.cpp
  struct Action {
    const modules::Module* module = nullptr;
    const core::YamlNode* key = nullptr;
    const core::YamlNode* value = nullptr;
    bool local = false;
    bool lacking = false;  ///< cef has not the module
  };
  Action find_action(const Site& site, const core::YamlNode& task);
  /// A module that cef has not is taken where no host may come to it.
  bool may_lack(const Site& site, const Place& place, const std::string& name);
  const modules::Module* module_named(const Site& site, const core::YamlNode& node, const std::string& name);
  /// The module of action: and local_action:; `text` becomes what stands after its name.
  const modules::Module* module_of_old_form(const Site& site, const Action& action, const core::YamlNode* map,
                                            std::string& text, std::string& name);
  void read_arguments(const Site& site, const Action& action, const core::YamlNode* args, Task& task, bool certain);
  void add_map(const Site& site, const core::YamlNode& map, Task& task, bool certain);
  void add_text(const Site& site, const core::YamlNode& node, const std::string& text, const modules::Module& module,
                Task& task, bool certain);
  void check_arguments(const modules::Module& module, const Task& task);

  // read_task.cpp
  void read_items(const Site& site, const core::YamlNode& list, const std::string& what, std::vector<Item>& out);
  void read_block(const Site& site, const core::YamlNode& node, std::vector<Item>& out);
  void read_task(const Site& site, const core::YamlNode& node, std::vector<Item>& out);
  bool read_task_keyword(const Site& site, const core::YamlNode& key, const core::YamlNode& value, Task& task);
  bool read_loop(const Site& site, const core::YamlNode& key, const core::YamlNode& value, Task& task);
  std::string loop_name(const Site& site, const core::YamlNode& node, const std::string& key);
  void read_loop_control(const Site& site, const core::YamlNode& map, LoopControl& control);
  void note_what_it_gives(const Task& task);

  // read_include.cpp
  bool read_include(const Site& site, const core::YamlNode& node, const Task& task, std::vector<Item>& out);
  void import_tasks(const Site& site, const Task& task, std::vector<Item>& out);
  void import_role(const Site& site, const Task& task, std::vector<Item>& out);
  /// What is brought in once more may be reached by the other way too: its doubts are left to the run.
  bool was_looked_into(const std::string& key);
  void look_into_included_tasks(const Site& site, const Task& task);
  void look_into_included_role(const Site& site, const Task& task);
  bool circle_of_included(const Site& site, const Task& task, const RoleUse& use);
  void look_into_included_vars(const Site& site, const Task& task);
  void check_include_keywords(const Site& site, const core::YamlNode& node, const Task& task);
  std::optional<std::filesystem::path> find_tasks(const Site& site, const std::string& name, const Place& place,
                                                  bool must = true);
  std::optional<RoleUse> role_use(const Task& task);
  Vars vars_around(const Frame* frame);

  // read_files.cpp
  void look_into_files(const Site& site, const Task& task, bool certain);
  void look_into_template(const Site& site, const Task& task, bool certain);
  /// Of templates that bring in each other; `open`: the one with this text, and those that brought it in.
  void look_for_circle(const Site& site, const std::string& text, std::vector<std::filesystem::path>& open);
  void keep_missing_files(const Play& play);

  // read_role.cpp
  /// `must`: refuses one that is not there.
  std::optional<std::filesystem::path> find_role(const std::string& name, const Site& site, const Place& place,
                                                 bool must = true);
  std::vector<std::filesystem::path> role_files(const std::filesystem::path& folder, const std::string& main,
                                                bool given, bool all);
  bool are_inside(const std::vector<std::filesystem::path>& files, const RoleUse& use);
  Vars role_vars(const RoleUse& use, const std::filesystem::path& folder, const std::string& kind);
  void role_items(const RoleUse& use, const Site& site, const std::filesystem::path& folder, const std::string& kind,
                  std::vector<Item>& out);
  void role_dependencies(const Site& site, const std::filesystem::path& folder, Role& role, std::vector<Item>& tasks,
                         std::vector<Item>& handlers);
  void add_validation(const RoleUse& use, const std::shared_ptr<const Frame>& frame, const Site& site,
                      const std::filesystem::path& folder, std::vector<Item>& out);
  core::Json options_of_spec(const Site& site, const core::YamlNode& spec);
  std::optional<RoleUse> role_entry(const Site& site, const core::YamlNode& node, Owner owner);

  // read_play.cpp
  void read_plays(const Source& source, const Keywords& imported, std::vector<Play>& out);
  void read_play(const Site& site, const core::YamlNode& node, const Keywords& imported, std::vector<Play>& out);
  bool read_play_keyword(const Site& site, const core::YamlNode& key, const core::YamlNode& value, Play& play);
  void read_play_parts(const Site& site, const core::YamlNode& node, Play& play);
  void import_playbook(const Site& site, const core::YamlNode& node, const Keywords& imported, std::vector<Play>& out);
  void read_hosts(const Site& site, const core::YamlNode& key, const core::YamlNode& node, Play& play);
  std::string one_of(const Site& site, const core::YamlNode& node, const std::string& key,
                     const std::vector<std::string>& choices);
  void read_prompts(const Site& site, const core::YamlNode& node, Play& play);
  void note_vars_files(const Play& play);

  const ReadOptions& options_;
  std::filesystem::path root_;    ///< nothing is included from outside of it
  std::filesystem::path folder_;  ///< of the playbook that is being read
  std::optional<core::Error> error_;
  std::map<std::string, std::unique_ptr<Source>> sources_;
  std::vector<std::string> open_files_;  ///< imported, to find cycles
  std::vector<std::string> open_roles_;
  std::vector<std::string> including_;  ///< roles that include each other without a condition
  std::set<std::string> looked_into_;
  std::map<std::string, std::pair<std::size_t, std::size_t>> doubts_of_;  ///< from, to: of what was looked into
  Vars play_vars_;
  std::vector<std::shared_ptr<const Role>> roles_;  ///< of the play
  std::vector<Item>* imported_handlers_ = nullptr;
  std::vector<Fault> missing_;  ///< files of the play's tasks
  bool leaves_files_ = false;   ///< tasks of the play may
  Playbook book_;
};

[[nodiscard]] Place place_of(const Source& source, const core::YamlNode& node);
/// Where the character at LINE:COLUMN of a scalar's text stands in the file.
[[nodiscard]] Place place_within(const Source& source, const core::YamlNode& node, std::string_view text, int line,
                                 int column);
/// Under a `when`, its own or one around it.
[[nodiscard]] bool is_conditional(const Frame* frame);
[[nodiscard]] bool is_variable_name(std::string_view name) noexcept;

}  // namespace cef::playbook
