#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "cef/inventory/connection_vars.hpp"
#include "cef/inventory/inventory.hpp"

namespace cef::inventory {
namespace {

namespace fs = std::filesystem;

class InventoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "cef-inventory.XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  [[nodiscard]] core::Result<Inventory> load_text(const std::string& name, const std::string& text) const {
    write(name, text);
    return load({folder_ / name});
  }
  /// The message without the folder, or "" when it loaded.
  [[nodiscard]] std::string error(const std::string& name, const std::string& text) const {
    const auto inventory = load_text(name, text);
    if (inventory) {
      return "";
    }
    EXPECT_EQ(inventory.error().code, core::ErrorCode::usage);
    const std::string& message = inventory.error().message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    const std::string prefix = folder_.string() + "/";
    return message.rfind(prefix, 0) == 0 ? message.substr(prefix.size()) : message;
  }
  fs::path folder_;
};

using Hosts = std::vector<std::string>;

TEST_F(InventoryTest, ExpandsRanges) {
  const auto inventory = load_text("h.ini", "[g]\na[08:10]\nb[a:c]x[1:5:2]\n");
  ASSERT_TRUE(inventory) << inventory.error().message;
  EXPECT_EQ(*select(*inventory, "a0*,a1*", ""), (Hosts{"a08", "a09", "a10"}));
  EXPECT_EQ(select(*inventory, "b*", "")->size(), 9U);
}

TEST_F(InventoryTest, OpensVaultsAndReadsVariablesBesidePlaybooks) {
  fs::create_directories(folder_ / "group_vars");
  fs::create_directories(folder_ / "plays/group_vars");
  fs::create_directories(folder_ / "plays/host_vars");
  write("h.yaml",
        "all:\n  vars: {own: !vault one}\n  hosts:\n    h: {deep: [{x: !vault two}], raw: !unsafe '{{ y }}'}\n");
  write("group_vars/all.yml", "$ANSIBLE_VAULT;1.1;AES256\n00\n");
  write("plays/group_vars/all.yml", "beside: playbook\nfrom_vault: again\n");
  write("plays/host_vars/h.yml", "own: host\n");
  const auto closed = load({folder_ / "h.yaml"});
  ASSERT_TRUE(closed) << closed.error().message;
  EXPECT_EQ(*vault_text(closed->effective("h").at("deep")[0]["x"]), "two");
  const auto open = closed->check_open("h");
  ASSERT_FALSE(open);
  EXPECT_NE(open.error().message.find("group_vars/all.yml:1:1: is a vault; give its password with"), std::string::npos);
  LoadOptions options;
  options.templates = true;
  options.more_folders = {folder_ / "plays"};
  options.open_vault = [](const std::string& vault) -> core::Result<std::string> {
    return vault[0] == '$' ? "from_vault: first\nonly_vault: yes\n" : "<" + vault + ">";
  };
  const auto inventory = load({folder_ / "h.yaml"}, options);
  ASSERT_TRUE(inventory) << inventory.error().message;
  const Variables vars = inventory->effective("h");
  EXPECT_EQ(vars.at("own"), "host");
  EXPECT_EQ(vars.at("deep")[0]["x"], "<two>");
  EXPECT_EQ(vars.at("raw"), "{% raw %}{{ y }}{% endraw %}");
  EXPECT_EQ(vars.at("beside"), "playbook");
  EXPECT_EQ(vars.at("from_vault"), "again");
  EXPECT_EQ(vars.at("only_vault"), true);
  options.open_vault = [](const std::string&) -> core::Result<std::string> {
    return core::fail(core::ErrorCode::usage, "is a vault that this password does not open");
  };
  const auto wrong = load({folder_ / "h.yaml"}, options);
  ASSERT_TRUE(wrong) << wrong.error().message;
  const Variables shut = wrong->effective("h");
  const std::string* why = core::why_shut(shut.at("deep")[0]["x"]);
  ASSERT_NE(why, nullptr);
  EXPECT_NE(why->find(": is a vault that this password does not open"), std::string::npos) << *why;
  EXPECT_FALSE(wrong->check_open("h"));
}

TEST_F(InventoryTest, ChildWinsOverParentAndHostOverAll) {
  const auto inventory =
      load_text("h.yaml",
                "all: {vars: {v: all}, children: {p: {vars: {v: p, w: p}, children: {c: {vars: {v: c}, "
                "hosts: {h: {x: host}}}}}}}\n");
  ASSERT_TRUE(inventory) << inventory.error().message;
  const Variables vars = inventory->effective("h");
  EXPECT_EQ(vars.at("v"), "c");
  EXPECT_EQ(vars.at("w"), "p");
  EXPECT_EQ(vars.at("x"), "host");
  EXPECT_EQ(inventory->groups_of("h"), (Hosts{"c", "p"}));
}

TEST_F(InventoryTest, PriorityDecidesBetweenGroupsOfOneDepth) {
  const auto inventory = load_text("h.ini", "[a]\nh\n[b]\nh\n[a:vars]\nv=a\nansible_group_priority=2\n[b:vars]\nv=b\n");
  ASSERT_TRUE(inventory);
  EXPECT_EQ(inventory->effective("h").at("v"), "a");
}

TEST_F(InventoryTest, FilesBesideItWinOverGroupsAndHosts) {
  fs::create_directories(folder_ / "group_vars" / "g");
  fs::create_directories(folder_ / "host_vars");
  write("group_vars/all.yml", "v: file_all\nw: file_all\n");
  write("group_vars/g/one.yml", "w: file_g\n");
  write("host_vars/h", "x: file_h\n");
  const auto inventory = load_text("h.ini", "[g]\nh x=inline\n[g:vars]\nv=inline\n");
  ASSERT_TRUE(inventory) << inventory.error().message;
  const Variables vars = inventory->effective("h");
  EXPECT_EQ(vars.at("v"), "file_all");
  EXPECT_EQ(vars.at("w"), "file_g");
  EXPECT_EQ(vars.at("x"), "file_h");
}

TEST_F(InventoryTest, BadInputGetsFileLineCauseAndRemedy) {
  const std::vector<std::array<std::string, 3>> cases = {
      {"a.yaml", "g:\n  host:\n    a:\n",
       "a.yaml:2: group 'g' has the unknown key 'host'; it may have hosts, vars and children; did you mean 'hosts'?"},
      {"a.yaml", "g:\n  hosts:\n    a:\n    a:\n", "a.yaml:4:5: the key 'a' is there twice, first in line 3"},
      {"a.ini", "[g]\nh v=1\n[k]\nh v=2\n",
       "a.ini:4: 'v' of host 'h' is defined twice with different values, first in line 2; remove one"},
      {"a.ini", "ansible_host=1.2.3.4\n",
       "a.ini:1: a host line begins with 'ansible_host=': the host's name is missing; write NAME ansible_host=1.2.3.4"},
      {"a.ini", "h[5:1]\n",
       "a.ini:1: bad range in 'h[5:1]': it runs backwards; write for example web[01:20] or db[a:f]"},
      {"a.ini", "h[1:x]\n",
       "a.ini:1: bad range in 'h[1:x]': '1' to 'x' are neither two numbers nor two letters in order; write for example "
       "web[01:20] or db[a:f]"},
      {"a.ini", "h[1:99999999]\n",
       "a.ini:1: bad range in 'h[1:99999999]': it stands for more than a million hosts; write for example web[01:20] "
       "or "
       "db[a:f]"},
      {"a.ini", "[g]\nh[1:600000]\n[k]\nh[1:600000]\n",
       "a.ini:4: 'h[1:600000]' brings the hosts in all groups to more than 1000000"},
      {"a.yaml", "rpi:\n  hosts: {a: }\nall:\n  children:\n    rpy:\n",
       "a.yaml:5: group 'rpy' is named in children and defined nowhere; did you mean 'rpi'?"},
      {"a.ini", "[p:children]\nnone\n", "a.ini:2: group 'none' is named in children and defined nowhere"},
      {"a.yaml", "g:\n\thosts:\n", "a.yaml:2:1: is indented with a tab; YAML is indented with spaces"},
      {"a.yaml", "", "a.yaml:1: is empty; write at least one group with hosts"},
      {"a.ini", "# nothing\n", "a.ini:1: is empty; write at least one host"},
      {"a.yaml", "g:\n  hosts:\n    \xFF:\n", "a.yaml:3:1: is not UTF-8; save the file as UTF-8"},
      {"a.ini", "ok\nb\xFF\n", "a.ini:2: is not UTF-8; save the file as UTF-8"},
      {"a.yaml", "g:\n  hosts:\n    -oProxyCommand=x:\n",
       "a.yaml:3: '-oProxyCommand=x' cannot be a host's name: a command could take it for an option or for shell "
       "syntax; use "
       "letters, digits, '.', '_', '-' and ':'"},
      {"a.ini", "a;reboot\n",
       "a.ini:1: 'a;reboot' cannot be a host's name: a command could take it for an option or for shell syntax; use "
       "letters, "
       "digits, '.', '_', '-' and ':'"},
      {"a.ini", "[a:children]\nb\n[b:children]\na\n", "a.ini:1: group 'a' is its own descendant through children"},
      {"a.ini", "[g:var]\nx=1\n",
       "a.ini:1: section '[g:var]' has the unknown kind 'var'; write [g], [g:vars] or [g:children]; did you mean "
       "'vars'?"},
      {"a.ini", "h 'x=1\n", "a.ini:1: a quote is not closed"},
      {"a.ini", "h1 h2\n", "a.ini:1: 'h2' after the host's name is not NAME=VALUE; put one host on a line"},
      {"a.ini", "[g]\ng\n",
       "a.ini:1: 'g' is a group and, in line 2 of " + (folder_ / "a.ini").string() + ", a host; give one another name"},
      {"a.yaml", "- a\n- b\n",
       "a.yaml:1: is not a map of groups; begin with a group's name and a colon, for example 'all:'"},
      {"a.yaml", "g:\n  hosts: [a, b]\n", "a.yaml:2: 'hosts' of group 'g' is not a map; end each name with a colon"},
  };
  for (const auto& [name, text, expected] : cases) {
    EXPECT_EQ(error(name, text), expected) << text;
  }
}

TEST_F(InventoryTest, ALargeFileIsRefusedUnread) {
  write("big.yaml", "all:\n");
  fs::resize_file(folder_ / "big.yaml", std::uintmax_t{100} << 20U);
  const auto inventory = load({folder_ / "big.yaml"});
  ASSERT_FALSE(inventory);
  EXPECT_NE(inventory.error().message.find("is 100.0 MiB, larger than the limit of 64.0 MiB"), std::string::npos);
}

TEST_F(InventoryTest, PatternsAreAnsibles) {
  const auto inventory = load_text("h.ini", "[web]\nw[1:4]\n[app]\nw2\nx\n[edge:children]\nweb\napp\n");
  ASSERT_TRUE(inventory);
  const auto hosts = [&](const std::string& pattern, const std::string& limit = "") {
    const auto found = select(*inventory, pattern, limit);
    return found ? *found : Hosts{found.error().message};
  };
  EXPECT_EQ(hosts("web:&app"), Hosts{"w2"});
  EXPECT_EQ(hosts("web,app"), (Hosts{"w1", "w2", "w3", "w4", "x"}));
  EXPECT_EQ(hosts("edge:!app"), (Hosts{"w1", "w3", "w4"}));
  EXPECT_EQ(hosts("web[0:2]"), (Hosts{"w1", "w2", "w3"}));
  EXPECT_EQ(hosts("web[-1]"), Hosts{"w4"});
  EXPECT_EQ(hosts("~w[34]"), (Hosts{"w3", "w4"}));
  EXPECT_EQ(hosts("all", "x,w1"), (Hosts{"w1", "x"}));
  write("list", "# some\nw3\nx\n");
  EXPECT_EQ(hosts("@" + (folder_ / "list").string()), (Hosts{"w3", "x"}));
  EXPECT_EQ(hosts("wep"), Hosts{"the inventory has no host and no group that matches 'wep'; did you mean 'web'?"});
  EXPECT_EQ(hosts("web:!appp"),
            Hosts{"the inventory has no host and no group that matches 'appp'; did you mean 'app'?"});
  EXPECT_NE(hosts("~[")[0].find("is not a regular expression"), std::string::npos);
}

TEST_F(InventoryTest, ConnectionVariablesAreChecked) {
  const auto vars_of = [&](const std::string& line) {
    const auto inventory = load_text("h.ini", "h " + line + "\n");
    const auto vars = connection_vars(*inventory, "h");
    return vars ? std::string("ok") : vars.error().message;
  };
  EXPECT_EQ(vars_of("ansible_host=192.0.2.1 ansible_port=22 ansible_become=yes"), "ok");
  EXPECT_EQ(vars_of("ansible_port=99999"), "host 'h': ansible_port is '99999'; a port is 1 to 65535");
  EXPECT_EQ(vars_of("ansible_host=-oX"), "host 'h': ansible_host is '-oX'; write a host name or an address");
  EXPECT_EQ(vars_of("ansible_become=maybe"), "host 'h': ansible_become is 'maybe'; write yes or no");
  EXPECT_EQ(vars_of("ansible_user='{{ who }}'"),
            "host 'h': ansible_user is '{{ who }}'; cef does not evaluate templates here; write the value");
  EXPECT_EQ(vars_of("ansible_password='{{ vault }}'"),
            "host 'h': ansible_password is '***'; cef does not evaluate templates here; write the value");
  EXPECT_EQ(vars_of("ansible_connection=winrm"), "host 'h': ansible_connection is 'winrm'; cef knows ssh and local");
  EXPECT_EQ(vars_of("host_key=MD5:x"),
            "host 'h': host_key is 'MD5:x'; write the fingerprint that 'ssh-keygen -lf' shows: SHA256:…");
}

TEST_F(InventoryTest, VaultsAreOpenedWhereALoginNeedsThem) {
  const auto vars_of = [&](const std::string& variables, const GivenLogin& given = {}) {
    auto inventory = load_text("h.yaml", "all: {hosts: {h: {" + variables + "}}}\n");
    inventory->open_vault = [](const std::string& vault) {
      return vault == "shut" ? core::fail(core::ErrorCode::usage, "is shut") : core::Result<std::string>(vault);
    };
    const auto vars = connection_vars(*inventory, "h", given);
    return vars ? vars->user.value_or("") + ":" + vars->password.value_or(core::Secret()).reveal() + ":" +
                      vars->become.password.value_or(core::Secret()).reveal() + ":" + vars->become.no_password
                : vars.error().message;
  };
  EXPECT_EQ(vars_of("ansible_user: !vault me, ansible_password: !vault one, ansible_become_pass: !vault two"),
            "me:one:two:");
  for (const char* name : {"ansible_host", "ansible_port", "ansible_user", "ansible_ssh_private_key_file",
                           "ansible_ssh_pass", "ansible_ssh_common_args", "host_key"}) {
    EXPECT_EQ(vars_of(std::string(name) + ": !vault shut"), "host 'h': " + std::string(name) + " is shut");
    EXPECT_EQ(vars_of(std::string(name) + ": !vault shut, ansible_connection: local"), ":::");
  }
  EXPECT_EQ(vars_of("ansible_become: !vault shut"), "host 'h': ansible_become is shut");
  EXPECT_EQ(vars_of("ansible_become_password: !vault shut"), ":::ansible_become_password is shut");
  EXPECT_EQ(vars_of("ansible_user: !vault shut, ansible_password: !vault shut, ansible_private_key_file: !vault shut",
                    {"ann", "key", core::Secret("word")}),
            "ann:word::");
  EXPECT_EQ(vars_of("ansible_port: !vault s3cret"), "host 'h': ansible_port is '***'; a port is 1 to 65535");
}

}  // namespace
}  // namespace cef::inventory
