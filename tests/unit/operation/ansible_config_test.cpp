#include "cef/operation/ansible_config.hpp"

#include <gtest/gtest.h>

namespace cef::operation {
namespace {

std::string no_environment(const char*) {
  return "";
}

TEST(AnsibleConfig, TakesWhatTheCommandLineLeavesOpen) {
  const auto config = parse_ansible_config(
      "# comment\n[defaults]\ninventory = ./hosts.ini, /srv/more ; two\nroles_path: roles:~/r\nremote_user=pi\n"
      "forks = 7\nhost_key_checking = False\nvault_password_file = .pass\nvault_identity_list = a@x , "
      "prompt\nprivate_key_file = $HOME/key\n"
      "[privilege_escalation]\nbecome = True\nbecome_user = admin\nbecome_method = su\nbecome_flags = -l\nbecome_exe = "
      "/bin/su\n",
      "/play/ansible.cfg", no_environment);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->inventory, (std::vector<std::filesystem::path>{"/play/hosts.ini", "/srv/more"}));
  EXPECT_EQ(config->roles_path.front(), "/play/roles");
  EXPECT_TRUE(config->roles_path.back().is_absolute());
  EXPECT_EQ(config->vault_password_file, "/play/.pass");
  EXPECT_EQ(config->vault_ids, (std::vector<std::string>{"a@x", "prompt"}));
  EXPECT_EQ(config->private_key_file.find('$'), std::string::npos);
  EXPECT_TRUE(config->warnings.empty());

  PlaybookOptions options;
  apply(*config, options);
  EXPECT_EQ(options.fleet.user, "pi");
  EXPECT_EQ(options.fleet.forks, 7);
  EXPECT_TRUE(options.fleet.become);
  EXPECT_EQ(options.fleet.become_user, "admin");
  EXPECT_EQ(options.fleet.become_method, core::BecomeMethod::su);
  EXPECT_EQ(options.become_flags, "-l");
  EXPECT_EQ(options.become_exe, "/bin/su");
  EXPECT_EQ(options.fleet.inventory.size(), 2U);

  PlaybookOptions given;
  given.fleet.inventory = {"mine.yaml"};
  given.fleet.user = "me";
  given.fleet.forks = 3;
  apply(*config, given);
  EXPECT_EQ(given.fleet.inventory, (std::vector<std::filesystem::path>{"mine.yaml"}));
  EXPECT_EQ(given.fleet.user, "me");
  EXPECT_EQ(given.fleet.forks, 3);
}

TEST(AnsibleConfig, EnvironmentWins) {
  const auto config = parse_ansible_config(
      "[defaults]\nremote_user = pi\nroles_path = a\ncollections_path = b\n", "/play/ansible.cfg",
      [](const char* name) -> std::string {
        const std::string_view asked = name;
        return asked == "ANSIBLE_REMOTE_USER" ? "root" : asked == "ANSIBLE_ROLES_PATH" ? "here" : "";
      });
  ASSERT_TRUE(config);
  EXPECT_EQ(config->remote_user, "root");
  EXPECT_EQ(config->roles_path, (std::vector<std::filesystem::path>{"here", "/play/b"}));
}

TEST(AnsibleConfig, SaysWhatIsNotHonoured) {
  const auto config = parse_ansible_config("[defaults]\nhash_behaviour = merge\ngathering = implicit\n",
                                           "/play/ansible.cfg", no_environment);
  ASSERT_TRUE(config);
  ASSERT_EQ(config->warnings.size(), 1U);
  EXPECT_EQ(config->warnings[0],
            "/play/ansible.cfg: 'hash_behaviour = merge' is not honoured; plays run as with 'replace'");
}

TEST(AnsibleConfig, RefusesWhatIsNoConfiguration) {
  const auto wrong = parse_ansible_config("[defaults]\nnonsense\n", "ansible.cfg", no_environment);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "ansible.cfg:2: 'nonsense' is neither [SECTION] nor NAME = VALUE");
  const auto forks = parse_ansible_config("[defaults]\nforks = many\n", "ansible.cfg", no_environment);
  ASSERT_FALSE(forks);
  EXPECT_EQ(forks.error().message, "ansible.cfg: forks: 'many' is not a number from 1 to 4096");
}

}  // namespace
}  // namespace cef::operation
