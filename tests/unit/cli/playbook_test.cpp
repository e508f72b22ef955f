#include <algorithm>
#include <filesystem>

#include "daily_fixture.hpp"

namespace cef::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path k_shipped = fs::path(CEF_SOURCE_DIR) / "playbooks";

using Playbook = Daily;

std::vector<std::string> shipped() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(k_shipped)) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST_F(Playbook, AllThatAreShippedAreRead) {
  EXPECT_THAT(shipped(), testing::ElementsAre("apt-upgrade.yaml", "bench-node-setup.yaml", "docker-build.yaml",
                                              "docker-install.yaml", "model-deploy.yaml", "monitor.yaml",
                                              "os-info.yaml", "ping.yaml", "time-sync.yaml"));
  for (const auto& name : shipped()) {
    const std::string file = k_shipped / name;
    EXPECT_EQ(on({"playbook", "run", file, "--syntax-check"}), 0) << err_;
    EXPECT_EQ(out_, "\nplaybook: " + file + "\n");
    EXPECT_EQ(on({"playbook", "run", file, "--list-tasks"}), 0) << err_;
    EXPECT_THAT(out_, HasSubstr("TAGS: []"));
  }
}

TEST_F(Playbook, ShippedOnesThatOnlyAskRunHere) {
  for (const char* name : {"ping.yaml", "os-info.yaml", "monitor.yaml"}) {
    const std::string file = k_shipped / name;
    EXPECT_EQ(on({"playbook", "run", file, "--json", "-e", "max_load_per_processor=1000", "-e", "max_disk_percent=100",
                  "-e", "max_memory_percent=100", "-e", "max_temperature_celsius=1000", "--limit", "a"}),
              0)
        << out_ << err_;
    EXPECT_EQ(json()["schema"], "cef.playbook/1");
    EXPECT_EQ(json()["summary"]["changed"], 0);
    EXPECT_EQ(json()["summary"]["hosts"], 1);
  }
}

TEST_F(Playbook, ShippedOnesSayWhatTheyNeed) {
  EXPECT_EQ(on({"playbook", "run", k_shipped / "model-deploy.yaml", "-e", "model=net", "--limit", "a"}), 2);
  EXPECT_THAT(out_, HasSubstr("give model=NAME version=V, and either url=URL sha256=DIGEST or archive=/FILE"));
}

TEST_F(Playbook, AnUnknownWayToBecomeIsRefusedBeforeAnyHostIsAsked) {
  write("hosts.yaml",
        "all:\n  hosts:\n    a: {ansible_connection: local}\n"
        "    b: {ansible_connection: local, ansible_become_method: doas}\n");
  write("touch.yaml",
        "- hosts: all\n  gather_facts: false\n  tasks: [{file: {path: '" + path("made") + "', state: touch}}]\n");
  EXPECT_EQ(on({"playbook", "run", path("touch.yaml")}), 5);
  EXPECT_THAT(err_, HasSubstr("host 'b': ansible_become_method is 'doas'; cef knows sudo and su"));
  EXPECT_FALSE(fs::exists(path("made")));
}

TEST_F(Playbook, WhatIsNotOfARunIsNotResumed) {
  write("fails.yml", "- hosts: all\n  gather_facts: false\n  tasks: [{fail: {}}]\n");
  ::setenv("XDG_STATE_HOME", path("state").c_str(), 1);
  EXPECT_EQ(on({"playbook", "run", path("fails.yml"), "--limit", "a"}), 2);
  for (const auto& entry : fs::directory_iterator(path("state/cef/playbooks"))) {
    std::ofstream(entry.path()) << "[1]";
  }
  EXPECT_EQ(on({"playbook", "run", path("fails.yml"), "--limit", "a", "--resume"}), 5);
  ::unsetenv("XDG_STATE_HOME");
  EXPECT_THAT(err_, HasSubstr("is not what a run left"));
}

TEST_F(Playbook, AFileThatIsNotThereIsRefusedWhereNothingCouldMakeIt) {
  write("site.yaml", "- hosts: far\n  tasks:\n    - copy: {src: none, dest: /x}\n");
  const auto check = [&](const std::string& hosts, const std::vector<std::string>& more = {}) {
    write("hosts.yaml", hosts);
    return on({"playbook", "run", path("site.yaml"), "--syntax-check"}, more);
  };
  EXPECT_EQ(check("all:\n  hosts:\n    far: {ansible_host: 192.0.2.1}\n"), 5);
  EXPECT_THAT(err_, HasSubstr(path("site.yaml") + ":3:14: could not find or access 'none'; looked for "));
  EXPECT_EQ(check("all:\n  hosts:\n    far: {ansible_host: 192.0.2.1}\n", {"-c", "local"}), 0) << err_;
  EXPECT_EQ(check("all:\n  hosts:\n    far: {ansible_host: 192.0.2.1}\n", {"-e", "ansible_connection=local"}), 0);
  const std::string with_this_machine =
      "all:\n  hosts:\n    far: {ansible_host: 192.0.2.1}\n    b: {ansible_connection: local}\n";
  EXPECT_EQ(check(with_this_machine), 5) << "the play does not run on it";
  write("all.yaml", "- hosts: all\n  tasks:\n    - copy: {src: none, dest: /x}\n");
  EXPECT_EQ(on({"playbook", "run", path("all.yaml"), "--syntax-check"}), 0) << err_;
  EXPECT_EQ(on({"playbook", "run", path("all.yaml"), "--syntax-check"}, {"-l", "far"}), 5);
  EXPECT_EQ(check("all:\n  hosts:\n    far: {ansible_host: 127.0.0.1}\n"), 0);
  write("make.yaml", "- hosts: localhost\n  tasks: [{command: make none}]\n");
  write("hosts.yaml", "all:\n  hosts:\n    far: {ansible_host: 192.0.2.1}\n");
  EXPECT_EQ(on({"playbook", "run", path("make.yaml"), path("site.yaml"), "--syntax-check"}), 0) << err_;
}

TEST_F(Playbook, DebugTasksSpeakAsLoudAsTheyAreAskedTo) {
  write(
      "site.yaml",
      "- hosts: a\n  gather_facts: false\n  tasks:\n    - debug: {msg: 'at {{ ansible_verbosity }}', verbosity: 1}\n");
  EXPECT_EQ(on({"playbook", "run", path("site.yaml")}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("skipping: [a]"));
  EXPECT_EQ(on({"playbook", "run", path("site.yaml"), "-v"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("at 1"));
}

TEST_F(Playbook, SudoGetsItsFlagsFromVariablesKeywordsAndTheEnvironment) {
  write("hosts.yaml",
        "all:\n  vars: {ansible_connection: local}\n  hosts:\n    a: {ansible_become_flags: \"-H '-g x'\"}\n"
        "    b: {ansible_become_flags: -E, ansible_sudo_flags: -P}\n    c: {ansible_become_exe: '" +
            path("bin/other") + "'}\n    d: {ansible_become_flags: '\"'}\n");
  write(
      "site.yaml",
      "- hosts: all\n  gather_facts: false\n  become: true\n  become_user: ann\n  tasks:\n"
      "    - {command: echo, become_flags: \"{{ '-A' }}\"}\n    - {command: echo, when: inventory_hostname == 'c'}\n");
  const std::string sudo = "#!/bin/sh\nprintf '<%s>' \"${0##*/}\" \"$1\" \"$2\" >>'" + path("log") +
                           "'\nwhile [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"\n";
  for (const char* name : {"bin/sudo", "bin/other"}) {
    write(name, sudo);
    fs::permissions(path(name), fs::perms::owner_all);
  }
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", (path("bin") + ":" + before).c_str(), 1);
  ::setenv("ANSIBLE_BECOME_FLAGS", "-K", 1);
  EXPECT_EQ(on({"playbook", "run", path("site.yaml"), "-f", "1"}), 2) << out_ << err_;
  ::unsetenv("ANSIBLE_BECOME_FLAGS");
  ::setenv("PATH", before.c_str(), 1);
  EXPECT_EQ(read("log"), "<sudo><-H><-g x><sudo><-P><-n><other><-A><-n><other><-K><-n>");
  EXPECT_THAT(out_, HasSubstr("host 'd': ansible_become_flags is '\\\"'; a quote does not end in it"));
}

/// A play with a vault whose password is "sesame".
const char* const k_with_vault =
    "- hosts: a\n  gather_facts: false\n  vars:\n    s: !vault |\n"
    "      $ANSIBLE_VAULT;1.1;AES256\n"
    "      38626464623332663534383231373466623530663261353438663966356434353136353061653636\n"
    "      3139346561616361633038616136663035356237653436320a346139623335633463656661316438\n"
    "      35626539353737653534306163653962613338376633323962663037303339363961366665633931\n"
    "      3662303931303732660a336466663932303261316365633261633933643464393133626161663664\n"
    "      6561\n"
    "  tasks: [{debug: {msg: 'it is {{ s }}'}}]\n";

TEST_F(Playbook, PasswordsOfVaultsComeFromFilesAndPrograms) {
  write("site.yaml", k_with_vault);
  write("wrong", "sesam\n");
  write("right", "\n sesame \n\n");
  write("program", "#!/bin/sh\necho sesame\n");
  write("label-client", "#!/bin/sh\n[ \"$*\" = '--vault-id prod' ] && echo sesame\n");
  write("fails", "#!/bin/sh\nexit 3\n");
  for (const char* program : {"program", "label-client", "fails"}) {
    fs::permissions(path(program), fs::perms::owner_all);
  }
  using Words = std::vector<std::string>;
  const auto run = [&](const Words& options) { return on({"playbook", "run", path("site.yaml")}, options); };
  for (const Words& options : {Words{"--vault-password-file", path("right")},
                               {"--vault-id", path("wrong"), "--vault-id", "x@" + path("right")},
                               {"--vault-id", "x@" + path("none"), "--vault-pass-file", path("program")},
                               {"--vault-id", "prod@" + path("label-client"), "--flush-cache", "-T", "5"}}) {
    EXPECT_EQ(run(options), 0) << err_;
    EXPECT_THAT(out_, HasSubstr("it is s3cret"));
  }
  EXPECT_EQ(run({"--vault-id", path("wrong"), "--vault-id", "x@" + path("wrong")}), 5);
  EXPECT_THAT(err_, HasSubstr("site.yaml:4:8: is a vault that none of the passwords opens"));
  EXPECT_EQ(run({"--vault-id", path("fails")}), 5);
  EXPECT_THAT(err_, HasSubstr("is a vault: " + path("fails") + ": is a program"));
  EXPECT_THAT(err_, HasSubstr("ended with 3"));
}

}  // namespace
}  // namespace cef::cli
