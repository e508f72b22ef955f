// What the engine reads while a playbook runs: included tasks and roles, files of variables, texts; and limits.
#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>

#include "cef/core/vault.hpp"
#include "cef/playbook/read.hpp"
#include "describe.hpp"

namespace cef::playbook {
namespace {

namespace fs = std::filesystem;

class ReadParts : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "cef-read-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }

  /// The only task of a play, with a frame below the play's.
  Task only_task(const std::string& task) {
    const auto book = read_playbook(write("site.yaml", "- hosts: all\n  vars: {of_play: 1}\n  tasks:\n" + task), {});
    EXPECT_TRUE(book) << book.error().message;
    book_ = *book;
    return std::get<Task>(book_.plays.at(0).tasks.at(0).what);
  }

  fs::path folder_;
  Playbook book_;
};

TEST_F(ReadParts, IncludedTasksInheritVarsAndWhatApplySays) {
  write("more.yml", "- debug: msg=x\n");
  const Task include = only_task(
      "    - include_tasks: {file: more.yml, apply: {become: yes, tags: [t], vars: {of_apply: 2}}}\n"
      "      when: go\n      tags: own\n      vars: {of_include: 3}\n");
  const Field apply{include.args.value.at("apply"), include.args.place};
  const auto items = read_tasks(folder_ / "more.yml", include.frame, {}, apply);
  ASSERT_TRUE(items) << items.error().message;
  const Frame& around = *std::get<Task>(items->at(0).what).frame->parent;
  EXPECT_TRUE(around.keywords.when.empty());
  EXPECT_EQ(around.keywords.tags, std::vector<std::string>{"t"});
  EXPECT_EQ(around.keywords.become.value, true);
  EXPECT_EQ(around.keywords.vars.count("of_include") + around.keywords.vars.count("of_apply"), 2U);
  EXPECT_EQ(around.parent, include.frame->parent);
}

TEST_F(ReadParts, AnIncludedRoleHasItsTasksHandlersAndVariables) {
  write("roles/r/tasks/setup.yml", "- debug: msg=x\n  notify: h\n");
  write("roles/r/handlers/main.yml", "- name: h\n  debug:\n");
  write("roles/r/defaults/main.yml", "d: 1\n");
  write("roles/r/vars/main.yml", "v: 2\n");
  write("roles/r/meta/main.yml", "dependencies: [q]\n");
  write("roles/q/tasks/main.yml", "- debug: msg=q\n");
  const Task include = only_task("    - include_role: {name: r, tasks_from: setup}\n      vars: {u: 3}\n");
  const auto role = read_role("r", {{"tasks", "setup"}}, {}, include.frame, {});
  ASSERT_TRUE(role) << role.error().message;
  EXPECT_EQ((*role)->name, "r");
  EXPECT_EQ((*role)->defaults.at("d").value, 1);
  EXPECT_EQ((*role)->vars.at("v").value, 2);
  EXPECT_EQ((*role)->vars.at("u").value, 3);
  ASSERT_EQ((*role)->tasks.size(), 2U);
  ASSERT_EQ((*role)->handlers.size(), 1U);
  const auto& block = std::get<Block>((*role)->tasks.at(1).what);
  EXPECT_EQ(block.frame->role->name, "r");
  EXPECT_EQ(std::get<Task>(block.block.at(0).what).frame->folder, folder_ / "roles/r/tasks");
}

TEST_F(ReadParts, NothingIsIncludedFromOutsideOfThePlaybooksFolder) {
  // What only the run can know, such as include_tasks: "{{ file }}".
  const fs::path elsewhere = fs::path(testing::TempDir()) / ("cef-tasks-" + folder_.filename().string());
  fs::create_directories(elsewhere);
  std::ofstream(elsewhere / "away.yml") << "- debug: msg=away\n";
  for (const std::string kind : {"tasks", "vars", "defaults", "handlers"}) {
    write("roles/r/" + kind + "/main.yml", "");
  }
  fs::create_symlink(elsewhere / "away.yml", folder_ / "link.yml");
  const Task include = only_task("    - include_tasks: '{{ file }}'\n");
  const std::string up = "../" + elsewhere.filename().string() + "/away.yml";
  for (const fs::path& path : {elsewhere / "away.yml", folder_ / up, folder_ / "link.yml"}) {
    const auto items = read_tasks(path, include.frame, {});
    ASSERT_FALSE(items) << path;
    EXPECT_EQ(items.error().message, (folder_ / "site.yaml").string() + ":4:7: '" + path.string() +
                                         "' is outside of the playbook's folder; put the file into it, or its role "
                                         "into --roles-path");
  }
  for (const std::string kind : {"tasks", "vars", "defaults", "handlers"}) {
    const auto role = read_role("r", {{kind, "../../../" + up}}, {}, include.frame, {});
    ASSERT_FALSE(role) << kind;
    EXPECT_THAT(role.error().message, testing::HasSubstr("is outside of the playbook's folder")) << kind;
  }
  ReadOptions options;
  options.roles_path = {elsewhere};
  EXPECT_TRUE(read_tasks(elsewhere / "away.yml", include.frame, options));
  fs::remove_all(elsewhere);
}

TEST_F(ReadParts, AnImportedPlayMayIncludeWhatLiesBesideItsFolder) {
  write("common.yml", "- debug: msg=common\n");
  write("sub/play.yml", "- hosts: all\n  tasks:\n    - include_tasks: '{{ file }}'\n");
  const auto book = read_playbook(write("site.yaml", "- import_playbook: sub/play.yml\n"), {});
  ASSERT_TRUE(book) << book.error().message;
  const auto frame = std::get<Task>(book->plays.at(0).tasks.at(0).what).frame;
  const auto items = read_tasks(folder_ / "sub/../common.yml", frame, {});
  EXPECT_TRUE(items) << items.error().message;
}

TEST_F(ReadParts, APlaybookMayIncludeWhatLiesInItsProject) {
  write("project/tasks/common.yml", "- debug: msg=common\n");
  write("project/vars/all.yml", "a: 1\n");
  const auto file = write("project/playbooks/deep/site.yaml",
                          "- hosts: all\n  tasks:\n    - import_tasks: ../../tasks/common.yml\n"
                          "    - include_vars: ../../vars/all.yml\n");
  EXPECT_FALSE(read_playbook(file, {}));
  fs::create_directory(folder_ / "project/roles");
  const auto book = read_playbook(file, {});
  EXPECT_TRUE(book) << book.error().message;
  fs::permissions(folder_ / "project", fs::perms::others_write, fs::perm_options::add);
  EXPECT_FALSE(read_playbook(file, {}));
  fs::permissions(folder_ / "project", fs::perms::others_write, fs::perm_options::remove);
  write("project/playbooks/deep/ansible.cfg", "");  // a project of its own
  EXPECT_FALSE(read_playbook(file, {}));
}

TEST_F(ReadParts, ARoleMayIncludeItselfUnderACondition) {
  const std::string play = "- hosts: all\n  tasks:\n    - include_role: {name: a}\n";
  write("roles/a/tasks/main.yml", "- include_role: {name: b}\n");
  write("roles/b/tasks/main.yml", "- include_role: {name: a}\n  when: more\n");
  const auto book = read_playbook(write("site.yaml", play), {});
  ASSERT_TRUE(book) << book.error().message;
  const auto frame = std::get<Task>(book->plays.at(0).tasks.at(0).what).frame;
  const auto role = read_role("a", {}, {}, frame, {});
  EXPECT_TRUE(role) << role.error().message;
  write("roles/b/tasks/main.yml", "- include_role: {name: a, tasks_from: other}\n");
  write("roles/a/tasks/other.yml", "- debug:\n");
  EXPECT_TRUE(read_playbook(write("site.yaml", play), {}));
  write("roles/b/tasks/main.yml", "- include_role: {name: a}\n");
  EXPECT_FALSE(read_playbook(write("site.yaml", play), {}));
}

TEST_F(ReadParts, RolesAreFoundOnThePathToo) {
  const fs::path elsewhere = fs::path(testing::TempDir()) / ("cef-roles-" + folder_.filename().string());
  fs::create_directories(elsewhere / "far/tasks");
  std::ofstream(elsewhere / "far/tasks/main.yml") << "- debug: msg=far\n";
  const auto file = write("site.yaml", "- hosts: all\n  roles: [far]\n");
  EXPECT_FALSE(read_playbook(file, {}));
  ReadOptions options;
  options.roles_path = {elsewhere};
  const auto book = read_playbook(file, options);
  EXPECT_TRUE(book) << book.error().message;
  fs::remove_all(elsewhere);
}

TEST_F(ReadParts, ALinkOutOfTheFolderIsRefused) {
  write("in/site.yaml", "- hosts: all\n  tasks:\n    - import_tasks: link.yml\n");
  fs::create_symlink(write("out.yml", "- debug:\n"), folder_ / "in/link.yml");
  const auto book = read_playbook(folder_ / "in/site.yaml", {});
  ASSERT_FALSE(book);
  EXPECT_NE(book.error().message.find("3:21: 'link.yml' is outside"), std::string::npos) << book.error().message;
}

TEST_F(ReadParts, VarsAreMapsWithTemplatesAsTheyStand) {
  const auto vars = read_vars(write("v.yml", "a: \"{{ b }}\"\nc: !unsafe \"{{ d }}\"\n"), {});
  ASSERT_TRUE(vars) << vars.error().message;
  EXPECT_EQ(vars->at("a").value, "{{ b }}");
  EXPECT_EQ(vars->at("c").value, "{% raw %}{{ d }}{% endraw %}");
  EXPECT_EQ(vars->at("a").place.line, 1);
  EXPECT_FALSE(read_vars(write("l.yml", "- a\n"), {}));
  EXPECT_TRUE(read_vars(write("empty.yml", ""), {}));
}

TEST_F(ReadParts, FilesOverTheLimitAreRefusedBeforeTheyAreRead) {
  const auto file = write("site.yaml", "");
  fs::resize_file(file, 10'000'000);
  const auto book = read_playbook(file, {});
  ASSERT_FALSE(book);
  EXPECT_EQ(book.error().code, core::ErrorCode::usage);
  EXPECT_EQ(book.error().message, file.string() + ":1:1: is 9.5 MiB, larger than the limit of 4.0 MiB");
}

TEST_F(ReadParts, OnlyVaultsAreOpened) {
  int opened = 0;
  ReadOptions options;
  options.open_vault = [&opened](const std::string& vault) {
    ++opened;
    return core::decrypt_vault(vault, {{"", core::Secret("sesame")}});
  };
  const fs::path cases = fs::path(CEF_SOURCE_DIR) / "tests/playbooks/read";
  EXPECT_TRUE(read_playbook(cases / "good_blocks/site.yaml", options));
  EXPECT_EQ(opened, 0);
  const auto text = read_text(cases / "good_vault_file/secret.yml", options);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, "in_file: true\nother: 2\n");
  EXPECT_EQ(read_text(cases / "good_vault_file/secret.yml", {}).error().code, core::ErrorCode::usage);
}

TEST_F(ReadParts, UsesOfARoleWithTheSameParametersAreTheSame) {
  write("roles/r/tasks/main.yml", "- debug:\n");
  const auto book = read_playbook(
      write("site.yaml", "- hosts: all\n  roles: [r, {role: r}, {role: r, p: 1}, {role: r, tags: x}]\n"), {});
  ASSERT_TRUE(book) << book.error().message;
  const auto& roles = book->plays.at(0).roles;
  ASSERT_EQ(roles.size(), 4U);
  EXPECT_EQ(roles[0]->identity, roles[1]->identity);
  EXPECT_NE(roles[0]->identity, roles[2]->identity);
  EXPECT_NE(roles[0]->identity, roles[3]->identity);
}

}  // namespace
}  // namespace cef::playbook
