#include <fstream>

#include <gtest/gtest.h>

#include "cef/inventory/inventory.hpp"
#include "cef/playbook/list.hpp"
#include "cef/playbook/read.hpp"
#include "cef/playbook/run.hpp"

namespace cef::playbook {
namespace {

namespace fs = std::filesystem;

/// Of a play on hosts a and b with these lines, on what only the run can tell; or the error.
std::string settled(const std::string& lines, const RunOptions& options = {}) {
  const fs::path folder = fs::path(::testing::TempDir()) / "cef-doubts";
  fs::create_directories(folder);
  std::ofstream(folder / "more.yml") << "- pip: name=x\n";
  std::ofstream(folder / "site.yaml") << "- hosts: all\n  vars: {yes_: true, no_: false, nothing: [], some: [1]}\n" +
                                             lines;
  auto book = read_playbook(folder / "site.yaml", {});
  std::ofstream(folder / "hosts.ini") << "a size=1\nb size=2\n";
  const auto inventory = inventory::load({folder / "hosts.ini"}, {});
  if (!book || !inventory) {
    return book ? inventory.error().message : book.error().message;
  }
  if (auto done = settle_doubts(*book, *inventory, options); !done) {
    return done.error().message.substr(done.error().message.rfind('/') + 1);
  }
  std::string left;
  for (const std::string& line : doubts_of(*book)) {
    left += line.substr(line.rfind('/') + 1) + "\n";
  }
  return left;
}

std::string task(const std::string& when) {
  return settled("  tasks:\n    - {command: id, register: r}\n    - {pip: {name: x}, " + when + "}\n");
}

TEST(SettleDoubts, RefusesWhatAHostComesTo) {
  const std::string refused = "site.yaml:5:8: cef has no module 'pip'";
  EXPECT_EQ(task("when: yes_"), refused);
  EXPECT_EQ(task("when: [yes_, size | int == 2]"), refused) << "host b";
  EXPECT_EQ(task("when: not no_ and inventory_hostname == 'a'"), refused);
  RunOptions only_a;
  only_a.limit = "a";
  EXPECT_EQ(settled("  tasks:\n    - {pip: {name: x}, when: size | int == 2}\n", only_a), "");
  RunOptions other_tags;
  other_tags.tags = {"web"};
  EXPECT_NE(settled("  tasks:\n    - {pip: {name: x}, when: yes_, tags: web}\n", other_tags), "");
  EXPECT_EQ(settled("  tasks:\n    - {pip: {name: x}, when: yes_, tags: db}\n", other_tags), "");
}

TEST(SettleDoubts, ForgetsWhatNoHostComesTo) {
  EXPECT_EQ(task("when: no_"), "");
  EXPECT_EQ(task("when: [r.rc == 0, no_]"), "");
  EXPECT_EQ(task("when: size | int == 3"), "");
  EXPECT_EQ(task("loop: '{{ nothing }}'"), "");
  EXPECT_EQ(settled("  tasks:\n    - block: [{pip: {name: x}, when: yes_}]\n      when: no_\n"), "");
}

TEST(SettleDoubts, LeavesWhatOnlyTheRunCanTell) {
  const std::string left = "site.yaml:5:8: cef has no module 'pip'\n";
  EXPECT_EQ(task("when: r.rc == 0"), left);
  EXPECT_EQ(task("when: not (r is defined)"), left) << "it will be";
  EXPECT_EQ(task("when: [yes_, ansible_distribution_version == '12']"), left);
  EXPECT_EQ(task("loop: '{{ some }}'"), left);
  EXPECT_EQ(task("loop: '{{ r.stdout_lines }}'"), left);
  const std::string more = "more.yml:1:3: cef has no module 'pip'";
  EXPECT_EQ(settled("  tasks:\n    - {include_tasks: more.yml, when: yes_}\n"), more);
  EXPECT_EQ(settled("  tasks:\n    - {include_tasks: more.yml, when: no_}\n"), "");
  EXPECT_EQ(settled("  tasks:\n    - {include_tasks: more.yml, when: extras | default(false)}\n"), "");
  EXPECT_EQ(settled("  tasks:\n    - {include_tasks: more.yml, loop: '{{ some }}', when: yes_}\n"), more + "\n");
  EXPECT_EQ(
      settled("  tasks:\n    - {include_tasks: more.yml, when: no_}\n    - {include_tasks: more.yml, when: yes_}\n"),
      more + "\n");
}

}  // namespace
}  // namespace cef::playbook
