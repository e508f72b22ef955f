// The modules of the system under a real systemd, with real users.
#include <fstream>

#include "fleet_fixture.hpp"

namespace cef::e2e {
namespace {

constexpr const char* k_playbook = R"yaml(
- hosts: pi-1
  become: true
  gather_facts: false
  vars:
    robot: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKWSUZmlLSx6zV3wBgLjvpZDvZeus5fvW0OV1wnTd3hG me@home
  tasks:
    - group: {name: models, gid: 4000}
      tags: first
    - user: {name: robot, uid: 4001, groups: [audio, video], shell: /bin/bash, password: "$6$salt$abc", comment: A robot}
      tags: first
    - authorized_key: {user: robot, key: "{{ robot }}", key_options: no-pty}
    - sysctl: {name: net.ipv4.ip_forward, value: 1, sysctl_set: true, sysctl_file: /etc/sysctl.d/60-robot.conf}
    - cron: {name: rotate, minute: "5", hour: "*/2", job: /usr/bin/true, user: root, cron_file: robot}
    - hostname: {name: pi-one}
    - timezone: {name: Europe/Berlin}
    - copy:
        dest: /etc/systemd/system/robot.service
        content: |
          [Service]
          ExecStart=/bin/sleep 1000
          [Install]
          WantedBy=multi-user.target
      tags: first
    - systemd: {name: robot, daemon_reload: true, enabled: true, state: started}
      register: unit
    - assert: {that: unit.status.LoadState == "loaded"}
    - service: {name: robot.service, state: started, enabled: true}
)yaml";

class PlaybookSystemTest : public Fleet {};

TEST_F(PlaybookSystemTest, EveryModulePredictsThenChangesOnce) {
  const auto file = state() / "system.yaml";
  std::ofstream(file) << k_playbook;
  // The nodes have no cron.
  on_node("pi-1", "mkdir -p /etc/cron.d; ln -sf /bin/true /usr/local/bin/crontab");
  const auto changed = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"playbook", "run", file.string(), "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = daily(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
    return host(outcome.json(), "pi-1")["changed"];
  };
  EXPECT_EQ(changed({"--tags", "first", "--check"}), 3);
  EXPECT_NE(on_node("pi-1", "id robot || getent group models").code, 0);
  EXPECT_EQ(changed({"--tags", "first"}), 3);
  on_node("pi-1", "systemctl daemon-reload");
  EXPECT_EQ(changed({"--check"}), 7);  // `service` cannot know that `systemd` starts it
  EXPECT_NE(on_node("pi-1", "systemctl is-active robot").code, 0);
  EXPECT_EQ(changed({}), 6);
  EXPECT_EQ(changed({}), 0);
  EXPECT_EQ(changed({"--check"}), 0);
  EXPECT_EQ(on_node("pi-1",
                    "systemctl is-active robot; systemctl is-enabled robot; hostname; readlink -f /etc/localtime; "
                    "sysctl -n net.ipv4.ip_forward; id -nG robot")
                .out,
            "active\nenabled\npi-one\n/usr/share/zoneinfo/Europe/Berlin\n1\nrobot audio video\n");
  on_node("pi-1", "hostnamectl set-hostname pi-1; systemctl disable --now robot");
}

}  // namespace
}  // namespace cef::e2e
