// Modules of packages, transfers and docker by `cef playbook run`: real apt, tar, git and docker on nodes without
// Python.
#include <fstream>

#include <gmock/gmock.h>

#include "fleet_fixture.hpp"

namespace cef::e2e {
namespace {

using ::testing::HasSubstr;

class PlaybookPackagesTest : public Fleet {
 protected:
  /// Runs tasks as root on a node; `options` go with them.
  static Outcome run(const std::string& node, const std::string& tasks, std::vector<std::string> options = {}) {
    const auto file = state() / "packages.yaml";
    std::ofstream(file) << "- hosts: " << node << "\n  become: true\n  gather_facts: false\n  tasks:\n" << tasks;
    std::vector<std::string> line = {"playbook", "run", file, "--json"};
    line.insert(line.end(), options.begin(), options.end());
    return daily(line, 240);
  }
  /// The result of the task with this name.
  static core::Json result(const Outcome& outcome, const std::string& task) {
    const core::Json document = outcome.json();
    for (const auto& play : document["plays"]) {
      for (const auto& one : play["tasks"]) {
        if (one["task"] == task && !one["hosts"].empty()) {
          return one["hosts"][0].value("result", core::Json::object());
        }
      }
    }
    return core::Json::object();
  }
  /// Names of the tasks that changed something.
  static std::vector<std::string> changed(const Outcome& outcome) {
    std::vector<std::string> names;
    const core::Json document = outcome.json();
    for (const auto& play : document["plays"]) {
      for (const auto& one : play["tasks"]) {
        for (const auto& entry : one["hosts"]) {
          if (entry.contains("result") && entry["result"].value("changed", false)) {
            names.push_back(one["task"]);
          }
        }
      }
    }
    return names;
  }
  static std::string on(const std::string& node, const std::string& script) { return on_node(node, script).out; }
};

using Names = std::vector<std::string>;

TEST_F(PlaybookPackagesTest, Apt) {
  const std::string tasks = R"(
    - {name: lists, apt: {update_cache: true, cache_valid_time: 3600}}
    - {name: version, apt: {name: edge-hello=1.1}}
    - {name: new, apt: {name: [edge-config=1.0], state: present}}
)";
  Outcome outcome = run("pi-2", "    - {name: lists, apt: {update_cache: true}}\n");
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  outcome = run("pi-2", tasks, {"--check"});
  EXPECT_EQ(changed(outcome), (Names{"version", "new"})) << outcome.out << outcome.err;
  EXPECT_EQ(on("pi-2", "dpkg-query -W -f '${Version}' edge-hello"), "1.0") << "--check installed it";
  outcome = run("pi-2", tasks);
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(changed(outcome), (Names{"version", "new"}));
  EXPECT_THAT(result(outcome, "version")["stdout"].get<std::string>(), HasSubstr("edge-hello (1.1)"));
  EXPECT_EQ(on("pi-2", "dpkg-query -W -f '${Version}' edge-hello"), "1.1");
  EXPECT_EQ(changed(run("pi-2", tasks)), Names{});

  const std::string away = "    - {name: away, apt: {name: edge-config, state: absent, purge: true}}\n";
  EXPECT_EQ(changed(run("pi-2", away)), Names{"away"});
  EXPECT_EQ(changed(run("pi-2", away)), Names{});
  EXPECT_NE(on_node("pi-2", "dpkg-query -W edge-config").code, 0);

  outcome = run("pi-2", "    - {name: none, apt: {name: no-such-package}}\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(result(outcome, "none")["msg"], "No package matching 'no-such-package' is available");
  outcome = run("pi-2", "    - {name: none, package: {name: edge-hello=9, state: present}}\n");
  EXPECT_EQ(result(outcome, "none")["msg"], "no available installation candidate for edge-hello=9");
}

TEST_F(PlaybookPackagesTest, Repositories) {
  const std::string tasks =
      "    - {name: repo, apt_repository: {repo: 'deb [trusted=yes] http://10.99.0.1:8080/pi-1/ ./', filename: "
      "more}}\n";
  EXPECT_EQ(changed(run("pi-2", tasks)), Names{"repo"});
  EXPECT_EQ(on("pi-2", "cat /etc/apt/sources.list.d/more.list"), "deb [trusted=yes] http://10.99.0.1:8080/pi-1/ ./\n");
  EXPECT_EQ(changed(run("pi-2", tasks)), Names{});
  const Outcome refused =
      run("pi-2",
          "    - {name: repo, apt_repository: {repo: 'deb [trusted=yes] http://10.99.0.1:8080/none/ ./', "
          "filename: bad, update_cache_retries: 1}}\n");
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(result(refused, "repo")["msg"].get<std::string>(), HasSubstr("Failed to update apt cache: "));
  EXPECT_NE(on_node("pi-2", "test -e /etc/apt/sources.list.d/bad.list").code, 0) << "what failed was left behind";
}

TEST_F(PlaybookPackagesTest, TransfersAndDocker) {
  const std::string tasks = R"(
    - {name: docker, apt: {name: [docker.io, iptables], update_cache: true, cache_valid_time: 3600, install_recommends: false}}
    - {name: folder, file: {path: /root/context, state: directory}}
    - {name: fetch, get_url: {url: "http://10.99.0.1:8080/image.tar", dest: /root/context/, mode: "0600"}}
    - {name: unpack, unarchive: {src: "http://10.99.0.1:8080/image.tar", dest: /srv, remote_src: true}}
    - {name: recipe, copy: {dest: /root/context/Dockerfile, content: "FROM scratch\nADD image.tar /\n"}}
    - {name: build, docker_image: {name: base, source: build, build: {path: /root/context}}}
    - name: run
      docker_container:
        {name: one, image: base, command: sleep 600, env: {A: "1"}, ports: ["8081:80"], restart_policy: unless-stopped}
)";
  Outcome outcome = run("pi-1", tasks);
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(changed(outcome), (Names{"docker", "folder", "fetch", "unpack", "recipe", "build", "run"}));
  EXPECT_EQ(on("pi-1", "docker inspect -f '{{.State.Running}} {{index .Config.Cmd 1}}' one"), "true 600\n");
  EXPECT_EQ(on("pi-1", "stat -c %a /root/context/image.tar; test -e /srv/bin && echo there"), "600\nthere\n");
  outcome = run("pi-1", tasks);
  EXPECT_EQ(changed(outcome), Names{}) << outcome.out;

  const std::string other = R"(
    - {name: run, docker_container: {name: one, image: base, command: sleep 601}}
)";
  EXPECT_EQ(changed(run("pi-1", other, {"--check"})), Names{"run"});
  EXPECT_EQ(on("pi-1", "docker inspect -f '{{index .Config.Cmd 1}}' one"), "600\n");
  EXPECT_EQ(changed(run("pi-1", other)), Names{"run"});
  EXPECT_EQ(on("pi-1", "docker inspect -f '{{index .Config.Cmd 1}}' one"), "601\n");
  const std::string away = R"(
    - {name: container, docker_container: {name: one, state: absent, force_kill: true}}
    - {name: image, docker_image: {name: base, state: absent}}
)";
  EXPECT_EQ(changed(run("pi-1", away)), (Names{"container", "image"}));
  EXPECT_EQ(changed(run("pi-1", away)), Names{});
}

}  // namespace
}  // namespace cef::e2e
