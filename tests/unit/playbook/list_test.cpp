// tests/playbooks/list/CASE.OPTION holds what ansible-playbook 2.14 -i h1, --list-OPTION printed for read/CASE.
#include "cef/playbook/list.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "cef/playbook/read.hpp"

namespace cef::playbook {
namespace {

namespace fs = std::filesystem;

const fs::path k_folder = fs::path(CEF_SOURCE_DIR) / "tests/playbooks";

std::string content(const fs::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

core::Result<Playbook> book_of(const std::string& name) {
  ReadOptions options;
  options.extra_vars = {{"from_extra", "extra"}};
  return read_playbook(k_folder / "read" / name / "site.yaml", options);
}

TEST(List, PrintsWhatAnsiblePlaybookPrints) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(k_folder / "list")) {
    SCOPED_TRACE(entry.path().string());
    const std::string option = entry.path().extension().string();
    const bool all = option == ".all";
    ListOptions options;
    options.hosts = all || option == ".hosts";
    options.tasks = all || option == ".tasks";
    options.tags = all || option == ".tags";
    if (all) {
      options.only_tags = {"i"};
      options.skip_tags = {"z"};
    }
    const auto book = book_of(entry.path().stem().string());
    ASSERT_TRUE(book) << book.error().message;
    const auto plays = list_plays(*book, options, [](const Play& play) -> core::Result<std::vector<std::string>> {
      return play.hosts.value == "all" ? std::vector<std::string>{"h1"} : std::vector<std::string>{};
    });
    ASSERT_TRUE(plays);
    EXPECT_EQ(list_text("site.yaml", *plays, options), content(entry.path()));
    ++count;
  }
  EXPECT_GE(count, 13U);
  EXPECT_EQ(list_text("site.yaml", {}, {}), "\nplaybook: site.yaml\n");
}

std::string checked(const std::string& tasks, const std::vector<std::string>& only_tags = {}) {
  std::string folder = testing::TempDir() + "cef-names-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    return "no folder";
  }
  std::ofstream(folder + "/site.yaml") << "- hosts: all\n  vars: {in_vars: 1}\n  tasks:\n" << tasks;
  const auto book = read_playbook(folder + "/site.yaml", {});
  fs::remove_all(folder);
  if (!book) {
    return book.error().message;
  }
  const auto done = check_names(*book, {"in_inventory"}, only_tags);
  return done ? "" : done.error().message.substr(folder.size() + 1);
}

TEST(Names, ThatNothingDefinesAreRefusedWithTheirPlace) {
  EXPECT_EQ(checked("    - debug: msg='a {{ in_var }}'\n"),
            "site.yaml:4:24: 'in_var' is undefined; did you mean 'in_vars'?");
  EXPECT_EQ(checked("    - debug:\n        msg: ok\n      when: port_of_web > 1\n"),
            "site.yaml:6:13: 'port_of_web' is undefined; define it in vars, in the inventory or with -e");
  EXPECT_EQ(checked("    - assert: {that: [wholly_unknown == 1]}\n").substr(0, 16), "site.yaml:4:23: ");
}

TEST(Names, ThatSomethingMayDefineAreLetThrough) {
  EXPECT_EQ(checked("    - debug: msg='{{ in_vars }} {{ in_inventory }} {{ ansible_fqdn }} {{ groups }}'\n"), "");
  EXPECT_EQ(checked("    - debug: msg='{{ later }} {{ said.rc }}'\n    - set_fact: {later: 1}\n"
                    "    - debug: {}\n      register: said\n"),
            "");
  EXPECT_EQ(checked("    - include_vars: '{{ in_vars }}.yml'\n    - debug: msg={{ from_there }}\n"), "");
}

TEST(Names, ThatNeedThemselvesAreRefusedWithTheirPlace) {
  EXPECT_EQ(
      checked("    - {debug: {msg: '{{ a }}'}, vars: {a: 'x {{ b }}', b: ['{{ c }}'], c: '{{ a | default(1) }}'}}\n"),
      "site.yaml:4:43: 'a' needs itself: a → b → c → a; give one of them a value");
  EXPECT_EQ(checked("    - {debug: {msg: '{{ a }}'}, vars: {a: '{{ a is defined }}'}}\n").substr(0, 32),
            "site.yaml:4:43: 'a' needs itself");
  EXPECT_EQ(checked("    - {debug: {msg: '{{ a }}'}, vars: {a: '{{ a if in_vars else 1 }}'}}\n"), "");
  EXPECT_EQ(checked("    - {debug: {msg: '{{ a }}'}, vars: {a: '{{ in_vars or a }}'}}\n"), "");
  EXPECT_EQ(checked("    - {debug: {msg: '{{ a }}'}, vars: {a: '{{ a }}'}}\n    - set_fact: {a: 1}\n"), "");
  EXPECT_EQ(checked("    - {debug: {msg: '{{ in_inventory }}'}, vars: {in_inventory: '{{ in_inventory }}'}}\n"), "");
}

TEST(Names, ThatMayNeverBeAskedAreLetThrough) {
  EXPECT_EQ(checked("    - {debug: {msg: '{{ x }}'}, when: in_vars > 1}\n"), "");
  EXPECT_EQ(checked("    - {debug: {msg: '{{ x }}'}, ignore_errors: yes}\n"), "");
  EXPECT_EQ(checked("    - {debug: {msg: '{{ x }}'}, loop: []}\n"), "");
  EXPECT_EQ(checked("    - {debug: {var: x}}\n"), "");
  EXPECT_EQ(checked("    - debug: {msg: '{{ x | default(1) }}'}\n"), "");
  EXPECT_EQ(checked("    - block: [{debug: {msg: '{{ x }}'}}]\n      rescue: []\n"), "");
  EXPECT_EQ(checked("    - block: [{debug: {msg: '{{ x }}'}}]\n      when: in_vars\n"), "");
  EXPECT_EQ(checked("    - {debug: {msg: '{{ x }}'}, tags: never}\n"), "");
  EXPECT_EQ(checked("    - {debug: {msg: '{{ x }}'}, tags: a}\n", {"b"}), "");
  EXPECT_NE(checked("    - {debug: {msg: '{{ x }}'}, tags: a}\n", {"a"}), "");
}

}  // namespace
}  // namespace cef::playbook
