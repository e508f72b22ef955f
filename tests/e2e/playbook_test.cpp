// Playbooks on nodes without Python: those that are shipped, twice each, and what only real nodes can show.
#include <thread>

#include <gmock/gmock.h>

#include "faults.hpp"

namespace cef::e2e {
namespace {

using core::Json;
using testing::HasSubstr;

const std::string k_mirror = "http://10.99.0.1:8080/";

class PlaybookTest : public FaultsTest {
 protected:
  void SetUp() override {
    FaultsTest::SetUp();
    if (is_up()) {
      std::filesystem::create_directories(book_folder());
      ::setenv("XDG_STATE_HOME", (book_folder() / "state").c_str(), 1);
    }
  }
  static std::filesystem::path book_folder() { return state() / "books"; }
  static std::string write(const std::string& name, const std::string& text) {
    const std::string file = book_folder() / name;
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file) << text;
    return file;
  }
  static std::string shipped(const std::string& name) {
    return std::string(CEF_SOURCE_DIR) + "/playbooks/" + name + ".yaml";
  }
  static std::vector<std::string> command(const std::string& file, const std::vector<std::string>& more) {
    std::vector<std::string> words = {"playbook", "run", file, "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  static Json run(const std::string& file, const std::vector<std::string>& more = {}, int code = 0) {
    const Outcome outcome = daily(command(file, more));
    EXPECT_EQ(outcome.code, code) << outcome.out << outcome.err;
    return outcome.json();
  }
  static Json run(const std::string& file, const std::vector<std::string>& more, const std::string& limit) {
    auto limited = more;
    limited.insert(limited.end(), {"--limit", limit});
    return run(file, limited);
  }
  /// The second run must change nothing. The document of the first.
  static Json twice(const std::string& name, const std::vector<std::string>& more, const std::string& limit = "all") {
    const Json first = run(shipped(name), more, limit);
    EXPECT_EQ(run(shipped(name), more, limit)["summary"]["changed"], 0) << name;
    return first;
  }
  /// What a task had for a host; null where it did not run.
  static Json task(const Json& document, const std::string& name, const std::string& node) {
    for (const auto& play : document["plays"]) {
      for (const auto& one : play["tasks"]) {
        for (const auto& entry : one["hosts"]) {
          if (one["task"] == name && entry["host"] == node) {
            return entry;
          }
        }
      }
    }
    return {};
  }
  static int changed(const Json& document, const std::string& node) { return host(document, node)["changed"]; }
  static std::string boot(const std::string& node) { return on_node(node, "cat /proc/sys/kernel/random/boot_id").out; }
  /// A file of the folder that the nodes' web server gives out; its SHA-256.
  static std::string publish(const std::string& name, const std::string& content) {
    const std::string file = core::shell_quote((state() / "mirror" / name).string());
    EXPECT_EQ(shell("d=$(mktemp -d) && mkdir $d/net && printf %s " + core::shell_quote(content) +
                    " >$d/net/weights && printf 'FROM base:1\\nCOPY net /net\\n' >$d/Dockerfile && tar -C $d -czf " +
                    file + " Dockerfile net && rm -r $d")
                  .code,
              0);
    return shell("sha256sum " + file).out.substr(0, 64);
  }
  /// A run that gets `signals` SIGINT once /home/edge/sleeping is on pi-1.
  static Outcome interrupted(const std::string& file, const std::string& seconds, int signals) {
    const std::string pid = book_folder() / "pid";
    const std::string there = fleet_script() + " node pi-1 test -e /home/edge/sleeping";
    const std::string kill = fleet_script() + " exec kill -INT $(cat " + pid + "); sleep 0.3; ";
    std::string kills;
    for (int i = 0; i < signals; ++i) {
      kills += kill;
    }
    std::vector<std::string> words = {
        fleet_script(), "exec", "sh", "-c", "echo $$ >" + pid + "; exec \"$@\"", "sh", CEF_BINARY_DIR "/cef"};
    for (const auto& word : command(file, {"-e", "seconds=" + seconds, "-i", state() / "inventory.yaml"})) {
      words.push_back(word);
    }
    return shell("(for i in $(seq 400); do if " + there + "; then " + kills + "exit; fi; sleep 0.05; done) & " +
                     core::shell_join(words) + "; rc=$?; wait; exit $rc",
                 60);
  }
  static std::string current(const std::string& node) {
    return on_node(node, "cd /home/edge/models/net && readlink current | cut -c1-13 && cat current/net/weights").out;
  }
};

TEST_F(PlaybookTest, ShippedOnesThatOnlyAskChangeNothing) {
  Json document = twice("ping", {});
  EXPECT_EQ(document["summary"]["ok"], 4);
  document = twice("os-info", {});
  EXPECT_THAT(task(document, "Tell", "pi-1")["result"]["msg"].get<std::string>(),
              AllOf(HasSubstr("Debian 12"), HasSubstr("10.99.0.11")));
  const std::vector<std::string> limits = {"-e", "max_load_per_processor=1000", "-e", "max_disk_percent=100",
                                           "-e", "max_memory_percent=100"};
  document = twice("monitor", limits);
  EXPECT_THAT(task(document, "Tell", "pi-2")["result"]["msg"].get<std::string>(), HasSubstr("47 °C"));
  ASSERT_EQ(fleet("heat pi-2 91000").code, 0);
  document = run(shipped("monitor"), limits, 2);
  ASSERT_EQ(fleet("heat pi-2 47000").code, 0);
  EXPECT_EQ(host(document, "pi-2")["failed"], 1);
  EXPECT_EQ(host(document, "pi-1")["failed"], 0);
  EXPECT_THAT(task(document, "Compare with the limits", "pi-2")["result"]["assertion"].get<std::string>(),
              HasSubstr("max_temperature_celsius"));
}

TEST_F(PlaybookTest, ShippedAptUpgradeUpgradesAndRebootsWhereThatIsDue) {
  const std::string before = boot("gpu-1");
  const std::string stays = boot("pi-1");
  ASSERT_EQ(daily({"apt", "install", "gpu-1", "edge-kernel"}).code, 0);
  const Json document = twice("apt-upgrade", {"-e", "batch=50%"});
  EXPECT_EQ(changed(document, "pi-1"), 1);
  EXPECT_EQ(changed(document, "gpu-1"), 1);
  EXPECT_EQ(changed(document, "gpu-2"), 0);
  EXPECT_THAT(on_node("pi-1", "dpkg-query -W edge-hello edge-held").out, HasSubstr("edge-held\t1.0\nedge-hello\t1.1"));
  EXPECT_NE(boot("gpu-1"), before);
  EXPECT_EQ(boot("pi-1"), stays);
}

TEST_F(PlaybookTest, ShippedTimeSyncSetsServersOfEachKindOfClient) {
  const std::vector<std::string> servers = {"-e", R"({"time_servers": ["10.99.0.1"]})"};
  ASSERT_EQ(fleet("clock pi-1 -5").code, 0);
  const Json document = twice("time-sync", servers);
  EXPECT_EQ(task(document, "Restart systemd-timesyncd", "pi-1")["status"], "changed");
  EXPECT_EQ(task(document, "Restart chrony", "gpu-1")["status"], "changed");
  EXPECT_EQ(task(document, "Install chrony", "gpu-2")["status"], "changed");
  EXPECT_EQ(on_node("gpu-2", "systemctl is-active chrony; systemctl is-enabled chrony").out, "active\nenabled\n");
  EXPECT_EQ(on_node("pi-1", "cat /etc/systemd/timesyncd.conf.d/fleet.conf").out, "[Time]\nNTP=10.99.0.1\n");
  const Outcome status = daily({"time", "status", "pi-1", "--json"});
  EXPECT_LT(std::abs(host(status.json(), "pi-1")["control"]["offset_us"].get<double>()), 1e6) << status.out;
}

TEST_F(PlaybookTest, ShippedModelDeployPullsAndPushes) {
  const std::string first = publish("net-1.tar.gz", "one");
  const std::string second = publish("net-2.tar.gz", "two");
  const std::vector<std::string> push = {
      "-e", "model=net", "-e", "version=1", "-e", "archive=" + (state() / "mirror" / "net-1.tar.gz").string()};
  std::vector<std::string> pull = {"-e", "model=net",       "-e", "version=2", "-e", "url=" + k_mirror + "net-2.tar.gz",
                                   "-e", "sha256=" + second};
  run(shipped("model-deploy"), push, "rpi");
  EXPECT_EQ(run(shipped("model-deploy"), push, "rpi")["summary"]["changed"], 0);
  EXPECT_EQ(current("pi-1"), "releases/1-" + first.substr(0, 2) + "\none");
  pull.back() = "sha256=" + first;
  const Json broken = run(shipped("model-deploy"), pull, 2);
  EXPECT_THAT(task(broken, "Fail", "pi-1")["result"]["msg"].get<std::string>(), HasSubstr("did not match"));
  EXPECT_EQ(current("pi-1"), "releases/1-" + first.substr(0, 2) + "\none");
  pull.back() = "sha256=" + second;
  pull.insert(pull.end(), {"-e", R"(verify='grep -q three net/weights')"});
  run(shipped("model-deploy"), pull, 2);
  EXPECT_EQ(current("pi-1"), "releases/1-" + first.substr(0, 2) + "\none") << "it was not verified";
  pull.back() = R"(verify='grep -q two net/weights')";
  twice("model-deploy", pull, "rpi:gpu-1");
  EXPECT_EQ(current("gpu-1"), "releases/2-" + second.substr(0, 2) + "\ntwo");
  EXPECT_EQ(on_node("pi-1", "ls -A /home/edge/models/net /home/edge/models/net/releases | wc -l").out, "7\n")
      << "nothing but two releases and the link is left";
}

TEST_F(PlaybookTest, ShippedDockerInstallAndBuild) {
  const Json installed = twice("docker-install", {"-e", "docker_user=edge"}, "pi-1");
  EXPECT_EQ(task(installed, "Install the packages", "pi-1")["status"], "changed");
  EXPECT_THAT(on_node("pi-1", "id -nG edge").out, HasSubstr("docker"));
  const std::string script =
      write("get-docker.sh",
            "#!/bin/sh\nset -e\nexec >/dev/null 2>&1\napt-get update\napt-get install -y docker.io iptables\n");
  const Json by_script = twice("docker-install", {"-e", "docker_script=" + script}, "pi-2");
  EXPECT_EQ(task(by_script, "Install by script", "pi-2")["status"], "changed");

  for (const char* node : {"pi-1", "pi-2"}) {
    ASSERT_EQ(on_node(node, "curl -sf " + k_mirror + "image.tar | docker import - base:1").code, 0) << node;
  }
  write("web/Dockerfile", "FROM base:1\nCOPY . /app\n");
  const std::string greeting = write("web/greeting", "hello\n");
  const std::vector<std::string> build = {"-e", "image=web:1", "-e",
                                          "context=" + std::filesystem::path(greeting).parent_path().string()};
  twice("docker-build", build, "rpi");
  EXPECT_EQ(on_node("pi-2", "docker run --rm web:1 cat /app/greeting").out, "hello\n");
  write("web/greeting", "again\n");
  EXPECT_EQ(changed(run(shipped("docker-build"), build, "pi-1"), "pi-1"), 2);
  EXPECT_EQ(on_node("pi-1", "docker run --rm web:1 cat /app/greeting").out, "again\n");
  const std::string digest = publish("net-3.tar.gz", "three");
  run(shipped("model-deploy"),
      {"-e", "model=net", "-e", "version=3", "-e", "url=" + k_mirror + "net-3.tar.gz", "-e", "sha256=" + digest},
      "pi-1");
  twice("docker-build", {"-e", "image=net:3", "-e", "model=net"}, "pi-1");
  EXPECT_EQ(on_node("pi-1", "docker run --rm net:3 cat /net/weights").out, "three");
}

TEST_F(PlaybookTest, ShippedBenchNodeSetup) {
  on_node("gpu-1",
          "printf '[Timer]\\nOnCalendar=daily\\n[Install]\\nWantedBy=timers.target\\n' "
          ">/etc/systemd/system/man-db.timer; printf '[Service]\\nExecStart=/bin/true\\n' "
          ">/etc/systemd/system/man-db.service; systemctl daemon-reload; systemctl enable --now man-db.timer");
  const Json document = twice("bench-node-setup", {"-e", "cef_program=" CEF_BINARY_DIR "/cef"}, "gpu-1:pi-1");
  EXPECT_EQ(task(document, "Stop timers", "gpu-1")["status"], "changed");
  EXPECT_EQ(on_node("gpu-1", "systemctl is-enabled man-db.timer; systemctl is-active man-db.timer").out,
            "disabled\ninactive\n");
  EXPECT_EQ(on_node("gpu-1", "systemctl is-enabled bench-governor").out, "enabled\n");
  EXPECT_EQ(digest_there("gpu-1", "/usr/local/bin/cef"), digest_here(CEF_BINARY_DIR "/cef"));
}

TEST_F(PlaybookTest, CheckChangesNothing) {
  publish("net-1.tar.gz", "one");
  ASSERT_EQ(fleet("fresh gpu-2").code, 0);
  fleet("fault gpu-2 heal");
  const std::string seen =
      "find /etc /usr /home /opt /root /var/lib/dpkg /var/lib/apt -newer /stamp "
      "! -name .ansible ! -path '/etc/ssh*'";
  ASSERT_EQ(on_node("gpu-2", "apt-get update && touch /stamp").code, 0);
  const Json time = run(shipped("time-sync"), {"--check"}, "gpu-2");
  EXPECT_EQ(task(time, "Install chrony", "gpu-2")["status"], "changed");
  const Json setup = run(shipped("bench-node-setup"), {"--check", "--diff"}, "gpu-2");
  EXPECT_GE(changed(setup, "gpu-2"), 1);
  EXPECT_THAT(task(setup, "Describe the service that sets the governor", "gpu-2").dump(),
              HasSubstr("Description=Full speed"));
  const Json model = run(shipped("model-deploy"),
                         {"--check", "-e", "model=net", "-e", "version=1", "-e",
                          "archive=" + (state() / "mirror" / "net-1.tar.gz").string()},
                         "gpu-2");
  EXPECT_EQ(changed(model, "gpu-2"), 2);
  run(shipped("apt-upgrade"), {"--check"}, "gpu-2");
  EXPECT_EQ(on_node("gpu-2", seen).out, "");
}

TEST_F(PlaybookTest, RebootsAndWaitsForConnections) {
  const std::string before = boot("pi-2");
  const std::string file = write("reboot.yaml", R"(
- hosts: pi-2
  gather_facts: false
  become: true
  tasks:
    - {name: marker, copy: {dest: /run/marker, content: here}}
    - {name: reboot, reboot: {reboot_timeout: 90}, register: done}
    - {name: marker again, stat: {path: /run/marker}, register: marker}
    - {name: it was gone, assert: {that: [not marker.stat.exists, done.rebooted, done.elapsed >= 0]}}
    - {name: reboot behind cef, shell: '(sleep 1; systemctl reboot) >/dev/null 2>&1 &'}
    - {name: wait, wait_for_connection: {delay: 3, timeout: 60}}
    - {name: up again, wait_for: {path: /run/systemd/system, timeout: 30}}
)");
  const Json checked = run(file, {"--check"});
  EXPECT_EQ(boot("pi-2"), before) << "--check rebooted it";
  EXPECT_EQ(task(checked, "reboot", "pi-2")["status"], "changed");
  const Json document = run(file);
  EXPECT_EQ(host(document, "pi-2")["ok"], 7);
  EXPECT_NE(boot("pi-2"), before);
  EXPECT_NE(on_node("pi-2", "test -e /run/marker").code, 0);
}

TEST_F(PlaybookTest, BecomeTakesThePasswordAndSaysWhenItIsWrong) {
  const std::string file = write("who.yaml", R"(
- hosts: rpi:gpu-1
  gather_facts: false
  tasks:
    - {name: me, command: whoami, register: me}
    - {name: root, command: whoami, become: true, register: root}
    - {name: other, command: whoami, become: true, become_user: nobody, register: other}
    - assert: {that: [me.stdout == 'edge', root.stdout == 'root', other.stdout == 'nobody']}
)");
  EXPECT_EQ(host(run(file), "gpu-1")["ok"], 4);
  const Outcome without = cef({"playbook", "run", file, "--json"});  // pi nodes ask for none
  EXPECT_EQ(without.code, 2) << without.out;
  EXPECT_EQ(host(without.json(), "pi-1")["ok"], 4);
  EXPECT_THAT(task(without.json(), "root", "gpu-1").dump(), HasSubstr("sudo asks for a password; give it with -K"));
  const std::string wrong = write("wrong-password", "not this\n");
  const Outcome refused = cef({"playbook", "run", file, "--json", "--become-password-file", wrong});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(task(refused.json(), "root", "gpu-1").dump(), HasSubstr("sudo refused the password"));
  EXPECT_EQ((refused.out + refused.err).find("not this"), std::string::npos);
}

TEST_F(PlaybookTest, BecomeBySuTakesThePasswordOfTheOtherUser) {
  ASSERT_EQ(on_node("pi-1", "echo root:root-of-pi-1 | chpasswd").code, 0);
  const std::string file = write("su.yaml", R"(
- hosts: pi-1
  gather_facts: false
  become: true
  become_method: su
  tasks:
    - {name: root, command: whoami, register: root}
    - {name: input, shell: 'cat; id -un', args: {stdin: words}, register: input}
    - copy: {content: "by su\n", dest: /root/by-su}
    - assert: {that: [root.stdout == 'root', input.stdout == "words\nroot"]}
)");
  const std::string password = write("root-password", "root-of-pi-1\n");
  const Outcome done = cef({"playbook", "run", file, "--json", "--become-password-file", password});
  EXPECT_EQ(host(done.json(), "pi-1")["ok"], 4) << done.out;
  EXPECT_EQ(on_node("pi-1", "cat /root/by-su; rm /root/by-su").out, "by su\n");
  const Outcome without = cef({"playbook", "run", file, "--json"});
  EXPECT_EQ(without.code, 2);
  EXPECT_THAT(task(without.json(), "root", "pi-1").dump(), HasSubstr("su asks for a password; give it with -K"));
  const std::string wrong = write("wrong-password", "not this\n");
  const Outcome refused =
      cef({"exec", "pi-1", "-b", "--become-method", "su", "--become-password-file", wrong, "--json", "--", "true"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.out, HasSubstr("su refused the password"));
  EXPECT_EQ((refused.out + refused.err).find("not this"), std::string::npos);
}

TEST_F(PlaybookTest, AHostThatIsDownHoldsUpNobodyAndIsDoneByResume) {
  const std::string file = write("resume.yaml", R"(
- hosts: all
  gather_facts: false
  tasks:
    - {name: first, shell: 'echo first >>resume.log'}
- hosts: all
  gather_facts: false
  tasks:
    - {name: second, shell: 'echo second >>resume.log'}
)");
  break_node("off", "pi-2");
  const Json document = run(file, {"--connect-timeout", "3s"}, 4);
  EXPECT_EQ(host(document, "pi-2")["unreachable"], 1);
  for (const char* node : {"pi-1", "gpu-1", "gpu-2"}) {
    EXPECT_EQ(host(document, node)["ok"], 2) << node;
  }
  heal();
  const Json resumed = run(file, {"--resume"});
  EXPECT_EQ(host(resumed, "pi-2")["ok"], 2);
  for (const char* node : {"pi-1", "pi-2", "gpu-1", "gpu-2"}) {
    EXPECT_EQ(on_node(node, "cat /home/edge/resume.log").out, "first\nsecond\n") << node;
  }
  EXPECT_EQ(daily(command(file, {"--resume"})).code, 5) << "nothing is left to resume";
}

TEST_F(PlaybookTest, CtrlCLetsTasksEndAndASecondOneEndsThem) {
  const std::string file = write("long.yaml", R"(
- hosts: rpi
  gather_facts: false
  tasks:
    - {name: begin, shell: 'echo begun >>long.log'}
- hosts: rpi
  gather_facts: false
  tasks:
    - {name: sleep, shell: 'touch sleeping; sleep {{ seconds }}; echo slept >>long.log'}
    - {name: after, shell: 'echo after >>long.log'}
)");
  const auto log = [] { return on_node("pi-1", "rm -f /home/edge/sleeping; cat /home/edge/long.log").out; };
  Outcome outcome = interrupted(file, "3", 1);
  EXPECT_EQ(outcome.code, 130) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.json()["summary"]["interrupted"], true);
  EXPECT_EQ(log(), "begun\nslept\n") << "the task that ran came to its end, the next was not begun";

  outcome = interrupted(file, "300", 2);
  EXPECT_EQ(outcome.code, 130) << outcome.out << outcome.err;
  for (int i = 0; i < 50 && on_node("pi-1", "pgrep -x sleep -a | grep -w 300").code == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_NE(on_node("pi-1", "pgrep -x sleep -a | grep -w 300").code, 0) << "it goes on without cef";
  EXPECT_EQ(log(), "begun\nslept\nbegun\n");
  const Json resumed = run(file, {"--resume", "-e", "seconds=0"});
  EXPECT_EQ(log(), "begun\nslept\nbegun\nslept\nafter\n") << "the first play was not run again";
  EXPECT_EQ(host(resumed, "pi-2")["ok"], 2);
}

TEST_F(PlaybookTest, DelegatesBetweenNodesInBatchesAndRunsHandlersOnce) {
  const std::string file = write("batches.yaml", R"(
- hosts: all
  gather_facts: false
  serial: [1, 2, 100%]
  vars:
    balancer: pi-1
  tasks:
    - name: take it out
      lineinfile: {path: pool, line: '- {{ inventory_hostname }} of {{ ansible_play_batch | length }}', create: true}
      delegate_to: '{{ balancer }}'
      throttle: 1
    - {name: change, copy: {dest: app.conf, content: 'version {{ version }}'}, notify: [restart, tell]}
    - {name: change more, copy: {dest: more.conf, content: 'version {{ version }}'}, notify: restart}
    - {name: once, shell: 'echo once >>once.log', run_once: true, changed_when: false}
    - {meta: flush_handlers}
    - {name: put it back, shell: 'echo + {{ inventory_hostname }} >>back', delegate_to: '{{ balancer }}', changed_when: false}
  handlers:
    - {name: restart, shell: 'echo restarted >>restarts'}
    - {name: tell, command: hostname, delegate_to: gpu-2, register: told, changed_when: false}
)");
  const Json first = run(file, {"-e", "version=1"});
  EXPECT_EQ(on_node("pi-1", "sort /home/edge/pool").out, "- gpu-1 of 2\n- gpu-2 of 1\n- pi-1 of 1\n- pi-2 of 2\n");
  EXPECT_EQ(on_node("pi-1", "wc -l </home/edge/back").out, "4\n");
  for (const char* node : {"pi-1", "pi-2", "gpu-1", "gpu-2"}) {
    EXPECT_EQ(on_node(node, "cat /home/edge/restarts").out, "restarted\n") << node;
  }
  EXPECT_EQ(task(first, "tell", "pi-2")["result"]["stdout"], "gpu-2");
  EXPECT_EQ(run(file, {"-e", "version=1"})["summary"]["changed"], 0);
  EXPECT_EQ(on_node("gpu-1", "cat /home/edge/restarts").out, "restarted\n");
}

}  // namespace
}  // namespace cef::e2e
