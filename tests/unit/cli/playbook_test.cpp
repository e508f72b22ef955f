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

}  // namespace
}  // namespace cef::cli
