#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cef/inventory/inventory.hpp"
#include "cef/jinja/template.hpp"
#include "cef/playbook/document.hpp"
#include "cef/playbook/run.hpp"

namespace cef::playbook {

using Shared = std::shared_ptr<const core::Json>;

/// What a run has learnt of one host. Shared ones do not change any more.
struct Known {
  Known() : ansible_facts(std::make_shared<const core::Json>(core::Json::object())) {}
  std::map<std::string, Shared> facts;         ///< as modules gave them, mostly "ansible_…"
  Shared ansible_facts;                        ///< all of them in one map, without the prefix; never null
  std::map<std::string, Shared> set;           ///< set_fact and register
  std::map<std::string, core::Json> included;  ///< include_vars
};

/// Everything that is known in a run: the inventory, which can grow, and what hosts told. Thread-safe.
class Variables {
 public:
  Variables(inventory::Inventory inventory, const RunOptions& options, ssh::Connector& connector);

  [[nodiscard]] std::shared_ptr<const Known> known(const std::string& host) const;
  [[nodiscard]] std::shared_ptr<const inventory::Variables> of_inventory(const std::string& host) const;
  [[nodiscard]] std::shared_ptr<const inventory::Inventory> inventory() const;
  [[nodiscard]] const RunOptions& options() const noexcept { return options_; }
  /// Of the play that runs; set between plays only.
  [[nodiscard]] const std::filesystem::path& playbook_folder() const noexcept { return playbook_folder_; }
  void set_playbook_folder(std::filesystem::path folder) { playbook_folder_ = std::move(folder); }
  [[nodiscard]] ssh::Connector& connector() const noexcept { return connector_; }

  void set(const std::string& host, const std::string& name, core::Json value);
  /// A map of facts; those that are there already and are not in it stay.
  void add_facts(const std::string& host, const core::Json& facts);
  void include(const std::string& host, const std::map<std::string, core::Json>& vars);
  void clear_facts(const std::string& host);
  /// A host of add_host or group_by. True when that changed something.
  bool add_host(const std::string& host, const std::vector<std::string>& groups, const inventory::Variables& vars,
                const std::vector<std::string>& parents = {"all"});

 private:
  template <class Change>
  void change(const std::string& host, const Change& change);

  mutable std::mutex mutex_;
  const RunOptions& options_;
  ssh::Connector& connector_;
  std::filesystem::path playbook_folder_;
  std::shared_ptr<const inventory::Inventory> inventory_;
  mutable std::map<std::string, std::shared_ptr<const inventory::Variables>> effective_;
  std::map<std::string, std::shared_ptr<const Known>> known_;
};

using Roles = std::vector<std::shared_ptr<const Role>>;

/// The play that runs, as variables see it.
struct PlayScope {
  const Play* play = nullptr;
  std::string name;
  std::filesystem::path playbook_folder;
  std::map<std::string, core::Json> prompted;
  std::vector<std::string> all;    ///< hosts of the play
  std::vector<std::string> alive;  ///< those of them that have not failed; changes between tasks only
  std::vector<std::string> batch;  ///< hosts of this batch that have not failed; changes between tasks only
  std::mutex mutex;                ///< of files and role_list
  std::map<std::string, std::map<std::string, Field>> files;  ///< vars_files that were read, by path
  std::shared_ptr<const Roles> role_list = std::make_shared<const Roles>();

  /// Whose defaults and vars all tasks of the play see.
  [[nodiscard]] std::shared_ptr<const Roles> roles();
  void add_role(std::shared_ptr<const Role> role);
};

/// Variables as one task on one host sees them, by Ansible's precedence. Of one thread.
class TaskScope final : public jinja::Scope {
 public:
  /// `play` and `frame` may be null: variables of a host as hostvars has them.
  TaskScope(const Variables& variables, std::string host, PlayScope* play, const Frame* frame);

  /// Wins over everything: the item of a loop, the result of the task itself.
  void put(const std::string& name, jinja::Value value) {
    local_.insert_or_assign(name, std::move(value));
    rendered_.clear();  // others may be made of it
  }
  [[nodiscard]] core::Result<std::optional<jinja::Value>> find(const std::string& name) const override;
  /// The same without what tasks are told of how they reach their host.
  [[nodiscard]] core::Result<std::optional<jinja::Value>> find_given(const std::string& name) const;
  /// Names that can be found, magic ones left out.
  [[nodiscard]] std::set<std::string> names() const;

  [[nodiscard]] core::Result<core::Json> render(const core::Json& value) const;
  [[nodiscard]] core::Result<core::Json> render(const Field& field) const { return render(field.value); }
  [[nodiscard]] core::Result<bool> holds(const Field& condition) const;
  [[nodiscard]] const std::string& host() const noexcept { return host_; }
  [[nodiscard]] const Variables& variables() const noexcept { return variables_; }
  [[nodiscard]] const jinja::Environment& environment() const noexcept { return environment_; }

 private:
  using Found = core::Result<std::optional<jinja::Value>>;
  [[nodiscard]] Found template_value(const std::string& name, const core::Json& value) const;
  [[nodiscard]] Found find_magic(const std::string& name) const;
  [[nodiscard]] Found find_of_connection(const std::string& name) const;
  [[nodiscard]] std::optional<jinja::Value> magic_of_role(const std::string& name) const;
  [[nodiscard]] Found find_in_play(const std::string& name) const;
  [[nodiscard]] const Field* in_frames(const std::string& name, bool includes) const;
  [[nodiscard]] std::vector<const Role*> roles() const;  ///< the nearest first, then those of the play
  [[nodiscard]] core::Result<const Field*> in_vars_files(const std::string& name) const;

  const Variables& variables_;
  std::string host_;
  PlayScope* play_;
  const Frame* frame_;
  std::shared_ptr<const Roles> play_roles_;
  std::shared_ptr<const Known> known_;
  std::shared_ptr<const inventory::Variables> inventory_vars_;
  std::map<std::string, jinja::Value> local_;
  mutable std::map<std::string, jinja::Value> rendered_;
  mutable std::vector<std::string> rendering_;
  jinja::Environment environment_;
};

/// The placeholder of `omit`: a parameter with this value was not given.
[[nodiscard]] const std::string& omit_placeholder();
/// Takes out what is omitted, in maps and lists at any depth.
[[nodiscard]] core::Json without_omitted(core::Json value);

}  // namespace cef::playbook
