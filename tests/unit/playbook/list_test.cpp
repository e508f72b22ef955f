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

/// What check_faults says of a play with these tasks, beside files/there and the templates.
std::string faults(const std::string& tasks, const std::vector<std::string>& only_tags = {},
                   const std::string& play = "all", const std::map<std::string, std::string>& templates = {},
                   const ReadOptions& options = {}) {
  std::string folder = testing::TempDir() + "cef-faults-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    return "no folder";
  }
  fs::create_directories(folder + "/files");
  fs::create_directories(folder + "/templates");
  std::ofstream(folder + "/files/there") << "x";
  for (const auto& [name, text] : templates) {
    std::ofstream(folder + "/templates/" + name) << text;
  }
  std::ofstream(folder + "/site.yaml") << "- hosts: " << play << "\n  tasks:\n" << tasks;
  const auto book = read_playbook(folder + "/site.yaml", options);
  fs::remove_all(folder);
  if (!book) {
    return book.error().message;
  }
  const auto done = check_faults(*book, only_tags);
  std::string said = done ? "" : done.error().message;
  for (std::size_t at = 0; (at = said.find(folder + "/")) != std::string::npos;) {
    said.erase(at, folder.size() + 1);
  }
  return said;
}

TEST(Lookups, ThatDoNotExistAreRefusedWhereTheyAreAskedForForCertain) {
  EXPECT_EQ(faults("    - debug: msg={{ lookup('url', 'x') }}\n"), "site.yaml:3:21: cef has no lookup 'url'");
  EXPECT_EQ(faults("    - debug: msg={{ q('a.b.url', 'x') | first }}\n"),
            "site.yaml:3:21: cef has no lookup 'a.b.url'");
  EXPECT_EQ(faults("    - debug: msg={{ q('ansible.builtin.file', 'x') }}{{ lookup(x, 'y') }}\n"), "");
  EXPECT_EQ(faults("    - debug: msg={{ lookup('url', 'x') if x is defined else 1 }}\n"), "");
  EXPECT_EQ(faults("    - {debug: {msg: \"{{ lookup('url', 'x') }}\"}, when: no}\n"), "");
}

TEST(Doubts, NameEachModuleOnceWithItsFirstPlace) {
  Playbook book;
  for (const auto& [line, module] : {std::pair{3, "ufw"}, {4, "pip"}, {9, "ufw"}}) {
    Fault& doubt = book.doubts.emplace_back();
    doubt.place.file = std::make_shared<const std::string>("site.yaml");
    doubt.place.line = line;
    doubt.place.column = 5;
    doubt.message = std::string("cef has no module '") + module + "'";
    doubt.frame = std::make_shared<Frame>();
  }
  EXPECT_EQ(doubts_of(book), (std::vector<std::string>{"site.yaml:3:5: cef has no module 'ufw'",
                                                       "site.yaml:4:5: cef has no module 'pip'"}));
  EXPECT_TRUE(doubts_of(book, {"web"}).empty());
}

TEST(Doubts, AreOfTasksThatOnlyTheRunCanTell) {
  const fs::path cases = fs::path(CEF_SOURCE_DIR) / "tests/playbooks/read";
  const auto book = read_playbook(cases / "good_module_elsewhere/site.yaml", {});
  ASSERT_TRUE(book);
  std::vector<int> lines;
  for (const Fault& doubt : book->doubts) {
    lines.push_back(doubt.place.line);
  }
  EXPECT_EQ(lines, (std::vector<int>{8, 10, 1}));
}

TEST(Files, ThatAreNotThereAreRefusedWithTheirPlace) {
  EXPECT_EQ(faults("    - copy: {src: none, dest: /x}\n"),
            "site.yaml:3:14: could not find or access 'none'; looked for files/none, none");
  EXPECT_EQ(faults("    - template: src=none dest=/x\n").substr(0, 49),
            "site.yaml:3:17: could not find or access 'none'; ");
  EXPECT_EQ(faults("    - unarchive: {dest: /x, remote_src: no, src: none}\n").substr(0, 25),
            "site.yaml:3:45: could not");
  EXPECT_EQ(faults("    - script: none {{ ansible_host }}\n").substr(0, 49),
            "site.yaml:3:15: could not find or access 'none'; ");
  EXPECT_EQ(faults("    - uri: {url: 'http://x', src: none}\n").substr(0, 25), "site.yaml:3:30: could not");
  EXPECT_EQ(faults("    - copy: {src: there, dest: /x}\n    - script: there {{ ansible_host }}\n"), "");
}

TEST(Files, ThatMayComeIntoBeingOrNeverBeReadAreLetThrough) {
  const std::string copy = "    - copy: {src: none, dest: /x}\n";
  for (const char* before :
       {"    - {command: make none, delegate_to: localhost}\n", "    - {local_action: command make none}\n",
        "    - {fetch: {src: /x, dest: none, flat: yes}, when: no}\n", "    - {pause: {prompt: make it}}\n",
        "    - {meta: end_host, when: x is defined}\n", "    - {command: make, connection: local}\n",
        "    - {command: make, vars: {ansible_connection: local}}\n", "    - include_tasks: '{{ ansible_host }}.yml'\n",
        "    - {command: make, tags: \"{{ lookup('pipe', 'make') }}\"}\n"}) {
    EXPECT_EQ(faults(before + copy), "") << before;
  }
  EXPECT_NE(faults("    - {meta: flush_handlers}\n" + copy), "");
  EXPECT_EQ(faults(copy, {}, "localhost"), "");
  EXPECT_EQ(faults(copy, {}, "'{{ where }}'\n  vars: {where: all}"), "");
  EXPECT_EQ(faults(copy, {}, "all\n  connection: local"), "");
  EXPECT_EQ(faults(copy, {}, "all\n  module_defaults: {copy: {remote_src: yes}}"), "");
  for (const char* task :
       {"copy: {src: none, dest: /x, remote_src: yes}", "copy: {src: none, dest: /x, remote_src: '{{ x }}'}",
        "copy: {src: '{{ x }}', dest: /x}", "copy: {src: none, dest: /x}, when: x",
        "copy: {src: none, dest: /x}, loop: []", "copy: {src: none, dest: /x}, ignore_errors: yes",
        "copy: {src: none, dest: /x}, failed_when: no", "unarchive: {src: none, dest: /x, creates: /x}",
        "unarchive: {src: none, dest: /x, copy: no}", "script: none creates=/x", "script: \"'none it'\""}) {
    EXPECT_EQ(faults(std::string("    - {") + task + "}\n"), "") << task;
  }
  EXPECT_EQ(faults("    - {copy: {src: none, dest: /x}, tags: a}\n", {"b"}), "");
  EXPECT_NE(faults("    - {copy: {src: none, dest: /x}, tags: a}\n", {"a"}), "");
  EXPECT_EQ(faults("    - {copy: {src: none, dest: /x}, tags: never}\n"), "");
  EXPECT_EQ(faults("    - block:\n        - copy: {src: none, dest: /x}\n      rescue: [{debug: }]\n"), "");
}

TEST(Files, OnlyTasksOnThisMachineThatMayMakeThemLetThemThrough) {
  const std::string copy = "    - copy: {src: none, dest: /x}\n";
  ReadOptions options;
  options.is_here = [](const std::string& hosts) { return hosts == "control"; };
  EXPECT_NE(faults(copy, {}, "all", {}, options), "") << "this machine is in the inventory, but not in the play";
  EXPECT_EQ(faults(copy, {}, "control", {}, options), "");
  const std::string next = "- hosts: all\n  tasks:\n" + copy;
  EXPECT_NE(faults("    - {debug: }\n    - {set_fact: {a: 1}}\n" + next, {}, "control", {}, options), "");
  EXPECT_NE(faults("    - {stat: {path: /x}}\n" + next, {}, "localhost", {}, options), "");
  EXPECT_EQ(faults("    - {command: make none}\n" + next, {}, "control", {}, options), "");
  EXPECT_EQ(faults("    - {debug: }\n  handlers: [{command: make none}]\n" + next, {}, "control", {}, options), "");
  EXPECT_NE(faults("    - {wait_for: {port: 1}, delegate_to: localhost}\n" + copy), "");
}

TEST(Files, OfIncludesUnderAConditionNeedNotBeThere) {
  EXPECT_NE(faults("    - include_role: {name: nosuch}\n").find("there is no role 'nosuch'"), std::string::npos);
  EXPECT_NE(faults("    - include_tasks: nosuch.yml\n").find("there is no file 'nosuch.yml'"), std::string::npos);
  EXPECT_EQ(faults("    - {include_role: {name: nosuch}, when: ansible_x is defined}\n"), "");
  EXPECT_EQ(faults("    - {include_tasks: nosuch.yml, when: ansible_x is defined}\n"), "");
}

TEST(Files, TemplatesThatNeedEachOtherInACircleAreRefused) {
  const std::string task = "    - template: {src: a, dest: /x}\n";
  const std::string end = "; write an 'if' that ends it";
  EXPECT_EQ(faults(task, {}, "all", {{"a", "x\n {% include 'a' %}\n"}}),
            "templates/a:2:5: templates need each other in a circle: a → a" + end);
  EXPECT_EQ(faults(task, {}, "localhost",
                   {{"a", "{% extends 'b' %}"}, {"b", "{% import 'c' as c %}"}, {"c", "{% from 'b' import x %}"}}),
            "templates/c:1:4: templates need each other in a circle: b → c → b" + end);
  EXPECT_EQ(
      faults(task, {}, "all", {{"a", "{% include 'b' %}{% include 'b' %}"}, {"b", "{% include 'c' %}"}, {"c", ""}}),
      "");
  EXPECT_EQ(faults(task, {}, "all", {{"a", "{% if x is defined %}{% include 'a' %}{% endif %}"}}), "");
  EXPECT_EQ(faults(task, {}, "all", {{"a", "{% macro m() %}{% include 'a' %}{% endmacro %}"}}), "");
  EXPECT_EQ(faults("    - {template: {src: a, dest: /x}, when: no}\n", {}, "all", {{"a", "{% include 'a' %}"}}), "");
}

}  // namespace
}  // namespace cef::playbook
