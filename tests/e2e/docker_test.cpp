// cef docker with Debian's docker.io, installed on nodes from their apt repository. No registry can be reached: images
// come from a root of busybox alone.
#include <fstream>

#include <gmock/gmock.h>

#include "fleet_fixture.hpp"

namespace cef::e2e {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* k_none = "there is no docker on this host; 'cef docker install PATTERN' puts it there";

/// pi-1 and gpu-1 have docker and the image base:1 of busybox; pi-2 and gpu-2 have none.
class DockerTest : public Fleet {
 protected:
  void SetUp() override {
    Fleet::SetUp();
    if (is_up() && on_node("gpu-1", "docker image inspect base:1").code != 0) {
      docker({"install", "pi-1:gpu-1"}, 0);
      for (const char* name : {"pi-1", "gpu-1"}) {
        ASSERT_EQ(on_node(name, "curl -sf http://10.99.0.1:8080/image.tar | docker import - base:1").code, 0) << name;
      }
    }
  }
  void TearDown() override {
    if (is_up()) {
      for (const char* name : {"pi-1", "gpu-1"}) {
        on_node(name, "systemctl start docker; docker ps -aq | xargs -r docker rm -f");
      }
      fs::remove_all(folder());
    }
  }
  static Outcome docker(std::vector<std::string> arguments, int code) {
    arguments.insert(arguments.begin(), "docker");
    const auto program = std::find(arguments.begin(), arguments.end(), "--");
    arguments.insert(program, "--json");
    Outcome outcome = daily(arguments, 300);
    EXPECT_EQ(outcome.code, code) << outcome.out << outcome.err;
    return outcome;
  }
  static core::Json on(const std::string& node, std::vector<std::string> arguments, int code = 0) {
    arguments.insert(arguments.begin() + 1, node);
    return host(docker(std::move(arguments), code).json(), node);
  }
  static std::string error(const core::Json& node) { return node["error"]["message"]; }
  static fs::path folder() { return state() / "context"; }
  static void write(const std::string& name, const std::string& text) {
    fs::create_directories((folder() / name).parent_path());
    std::ofstream(folder() / name) << text;
  }
  static std::string inside(const std::string& node, const std::string& format, const std::string& name) {
    return on_node(node, "docker inspect -f '" + format + "' " + name).out;
  }
};

/// A program that stays, says what it was given, and ends when it is told to.
const std::vector<std::string> k_worker = {"--", "sh", "-c",
                                           "echo \"model $MODEL\"; trap 'exit 0' TERM; while :; do sleep 0.1; done"};

std::vector<std::string> worker(std::vector<std::string> options) {
  std::vector<std::string> all = {"run", "base:1", "-d", "--name", "worker"};
  all.insert(all.end(), options.begin(), options.end());
  all.insert(all.end(), k_worker.begin(), k_worker.end());
  return all;
}

TEST_F(DockerTest, InstalledByThePackageOfTheDistribution) {
  auto document = docker({"install", "rpi", "--check"}, 0).json();
  EXPECT_EQ(document["summary"]["changed"], 1) << "pi-1 has it";
  EXPECT_EQ(host(document, "pi-2")["method"], "package");
  EXPECT_EQ(host(document, "pi-2")["version_after"], nullptr);
  EXPECT_NE(on_node("pi-2", "command -v docker").code, 0) << "--check installed it";
  auto node = on("pi-2", {"install"});
  EXPECT_EQ(node["changed"], true);
  EXPECT_EQ(node["version_before"], nullptr);
  EXPECT_THAT(node["version_after"].get<std::string>(), StartsWith("20.10."));
  EXPECT_THAT(node["packages"].dump(), HasSubstr(R"("name":"docker.io")"));
  EXPECT_EQ(on_node("pi-2", "systemctl is-active docker; systemctl is-enabled docker").out, "active\nenabled\n");
  EXPECT_EQ(on("pi-2", {"install"})["changed"], false);
  on_node("pi-2", "systemctl disable --now docker docker.socket");
  node = on("pi-2", {"install"});
  EXPECT_EQ(node["started"], true);
  EXPECT_EQ(node["method"], "none");
  EXPECT_EQ(on_node("pi-2", "systemctl is-active docker").out, "active\n");
  ASSERT_EQ(fleet("fresh pi-2").code, 0);
}

TEST_F(DockerTest, InstalledByAScriptThatIsSent) {
  write("fails.sh", "echo 'ERROR: Unsupported distribution' >&2\nexit 4\n");
  auto node = on("gpu-2", {"install", "--script", folder() / "fails.sh"}, 2);
  EXPECT_EQ(error(node), "the script failed (exit status 4): ERROR: Unsupported distribution");
  write("get-docker.sh",
        "#!/bin/sh\nset -e\n[ \"$(id -u)\" = 0 ]\necho '# Executing docker install script'\napt-get update -qq\n"
        "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq docker.io iptables >/dev/null 2>&1\n");
  const std::string before = on_node("gpu-2", "ls -A /tmp").out;
  EXPECT_EQ(on("gpu-2", {"install", "--script", folder() / "get-docker.sh", "--check"})["method"], "script");
  EXPECT_NE(on_node("gpu-2", "command -v docker").code, 0) << "--check ran the script";
  node = on("gpu-2", {"install", "--script", folder() / "get-docker.sh", "--add-user"});
  EXPECT_EQ(node["method"], "script");
  EXPECT_THAT(node["output"].get<std::string>(), HasSubstr("# Executing docker install script"));
  EXPECT_THAT(node["version_after"].get<std::string>(), StartsWith("20.10."));
  EXPECT_EQ(node["user_added"], true);
  EXPECT_EQ(on_node("gpu-2", "ls -A /tmp").out, before) << "the script is still there";
  EXPECT_EQ(on("gpu-2", {"install", "--script", folder() / "get-docker.sh", "--add-user"})["changed"], false);
  EXPECT_EQ(docker({"install", "gpu-2", "--script", folder() / "none.sh"}, 5).out, "");
  ASSERT_EQ(fleet("fresh gpu-2").code, 0);
}

TEST_F(DockerTest, AUserOfTheGroupNeedsNoSudo) {
  const Outcome refused = cef({"docker", "ps", "gpu-1", "--json"});  // its sudo asks for a password, and none is given
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(error(host(refused.json(), "gpu-1")),
              AllOf(StartsWith("docker is not for this user, and "), HasSubstr("--add-user")));
  EXPECT_EQ(on("gpu-1", {"install", "--add-user", "--check"})["changed"], true);
  auto node = on("gpu-1", {"install", "--add-user"});
  EXPECT_EQ(node["user"], "edge");
  EXPECT_EQ(node["user_added"], true);
  EXPECT_THAT(on_node("gpu-1", "id -nG edge").out, HasSubstr("docker"));
  EXPECT_EQ(on("gpu-1", {"install", "--add-user"})["changed"], false);
  EXPECT_EQ(cef({"docker", "ps", "gpu-1"}).code, 0);
  node = on("gpu-1", {"install", "--add-user-name", "nosuchuser"}, 2);
  EXPECT_EQ(error(node), "there is no user nosuchuser on this host");
  on_node("gpu-1", "gpasswd -d edge docker");
}

TEST_F(DockerTest, StatusOfEveryState) {
  on("pi-1", worker({"--publish", "8080:80"}));
  on_node("gpu-1", "systemctl stop docker docker.socket");
  const auto document = docker({"status", "all"}, 2).json();
  const auto up = host(document, "pi-1");
  EXPECT_EQ(up["state"], "running");
  EXPECT_EQ(up["client_version"], up["server_version"]);
  EXPECT_EQ(up["service"], "active");
  EXPECT_EQ(up["storage_driver"], "overlay2");
  EXPECT_EQ(up["root_dir"], "/var/lib/docker");
  EXPECT_GT(up["root_free_bytes"], 0);
  EXPECT_EQ(up["disk_use"]["images"]["count"], 1);
  EXPECT_GT(up["disk_use"]["images"]["size_bytes"], 100'000);
  EXPECT_EQ(up["containers"][0]["name"], "worker");
  EXPECT_EQ(up["containers"][0]["state"], "running");
  EXPECT_EQ(up["containers"][0]["ports"][0], "0.0.0.0:8080->80/tcp");
  const auto down = host(document, "gpu-1");
  EXPECT_EQ(down["state"], "down");
  EXPECT_EQ(down["status"], "failed");
  EXPECT_THAT(error(down), AllOf(HasSubstr("the docker daemon does not run"), HasSubstr("docker.service is inactive")));
  EXPECT_FALSE(down["client_version"].is_null());
  const auto none = host(document, "pi-2");
  EXPECT_EQ(none["state"], "none");
  EXPECT_EQ(none["status"], "ok") << "a host without docker is no failure";
  EXPECT_THAT(error(on("gpu-1", {"run", "base:1"}, 2)), HasSubstr("the docker daemon does not run"));
  EXPECT_EQ(error(on("pi-2", {"ps"}, 2)), k_none);
}

TEST_F(DockerTest, BuildsFromAFolderOfThisMachine) {
  write("Dockerfile", "FROM base:1\nCOPY . /app\nCMD [\"cat\", \"/app/some folder/greeting\"]\n");
  write("some folder/greeting", "hello from here\n");
  fs::create_symlink("some folder/greeting", folder() / "link");
  const std::vector<std::string> build = {"build", "pi-1:gpu-1", "--tag", "web:1", "--context", folder()};
  auto checked = build;
  checked.emplace_back("--check");
  EXPECT_EQ(docker(checked, 0).json()["summary"]["changed"], 2);
  EXPECT_NE(on_node("pi-1", "docker image inspect web:1").code, 0);
  const auto built = docker(build, 0).json();
  EXPECT_EQ(built["summary"]["changed"], 2);
  EXPECT_EQ(host(built, "pi-1")["image_before"], nullptr);
  EXPECT_EQ(host(built, "pi-1")["image_after"].get<std::string>() + "\n", inside("pi-1", "{{.Id}}", "web:1"));
  EXPECT_GT(host(built, "pi-1")["sent_bytes"], 0);
  const auto again = docker(build, 0).json();
  EXPECT_EQ(again["summary"]["changed"], 0) << "docker's cache tells that nothing is new";
  EXPECT_EQ(on("gpu-1", {"run", "web:1", "--rm"})["stdout"], "hello from here\n");
  EXPECT_EQ(on("pi-1", {"run", "web:1", "--rm", "--", "cat", "/app/link"})["stdout"], "hello from here\n");
  write("some folder/greeting", "hello again\n");
  EXPECT_EQ(docker(build, 0).json()["summary"]["changed"], 2);

  write("Dockerfile", "FROM base:1\nRUN echo compiling; echo 'no such header' >&2; exit 7\n");
  const Outcome failed = daily({"docker", "build", "pi-1", "--tag", "web:1", "--context", folder()});
  EXPECT_EQ(failed.code, 2);
  EXPECT_THAT(failed.out, AllOf(HasSubstr("docker build failed: The command"), HasSubstr("returned a non-zero code: 7"),
                                HasSubstr("  no such header\n")));
  EXPECT_EQ(on("pi-1", {"run", "web:1", "--rm"})["stdout"], "hello again\n") << "the image from before stays";
  fs::remove(folder() / "Dockerfile");
  EXPECT_THAT(docker(build, 5).err, HasSubstr("has no Dockerfile"));
}

TEST_F(DockerTest, BuildsFromAModelThatIsDeployed) {
  write("Dockerfile", "FROM base:1\nCOPY version /version\n");
  for (const char* version : {"1.0", "1.1"}) {
    write("version", version);
    ASSERT_EQ(shell("cd " + folder().string() + " && tar -czf net-" + version + ".tar.gz Dockerfile version").code, 0);
  }
  EXPECT_THAT(error(on("pi-1", {"build", "--tag", "net:1", "--model", "net"}, 2)),
              HasSubstr("/home/edge/models/net/current is not there: the model net is not deployed here"));
  ASSERT_EQ(daily({"deploy", folder() / "net-1.0.tar.gz", "pi-1"}).code, 0);
  auto node = on("pi-1", {"build", "--tag", "net:1", "--model", "net"});
  EXPECT_EQ(node["changed"], true);
  EXPECT_THAT(node["directory"].get<std::string>(), StartsWith("/home/edge/models/net/releases/1.0-"));
  EXPECT_EQ(on("pi-1", {"run", "net:1", "--rm", "--", "cat", "/version"})["stdout"], "1.0");
  EXPECT_EQ(on("pi-1", {"build", "--tag", "net:1", "--model", "net"})["changed"], false);
  ASSERT_EQ(daily({"deploy", folder() / "net-1.1.tar.gz", "pi-1"}).code, 0);
  node = on("pi-1", {"build", "--tag", "net:1", "--model", "net"});
  EXPECT_EQ(node["changed"], true);
  EXPECT_NE(node["image_before"], node["image_after"]);
  node = on("pi-1", {"build", "--tag", "net:2", "--dir", "models/net/current"});
  EXPECT_EQ(on("pi-1", {"run", "net:2", "--rm", "--", "cat", "/version"})["stdout"], "1.1");
  EXPECT_EQ(error(on("pi-1", {"build", "--tag", "net:1", "--dir", "/etc"}, 2)), "/etc has no Dockerfile");
  on_node("pi-1", "rm -rf /home/edge/models");
}

TEST_F(DockerTest, AProgramInAContainerGivesItsOutputAndExitStatus) {
  const auto document =
      docker({"run", "pi-1:gpu-1", "base:1", "--rm", "--", "sh", "-c", "echo it works; echo 'or not' >&2; exit 7"}, 2)
          .json();
  for (const char* name : {"pi-1", "gpu-1"}) {
    const auto node = host(document, name);
    EXPECT_EQ(node["exit_status"], 7);
    EXPECT_EQ(node["stdout"], "it works\n");
    EXPECT_EQ(node["stderr"], "or not\n");
    EXPECT_EQ(error(node), "the program exited with status 7");
  }
  EXPECT_EQ(on_node("pi-1", "docker ps -aq").out, "") << "--rm left a container";
  const Outcome folded = daily({"docker", "run", "pi-1:gpu-1", "base:1", "--rm", "--fold", "--", "echo", "$HOME *"});
  EXPECT_EQ(folded.code, 0) << folded.out;
  EXPECT_THAT(folded.out, HasSubstr("pi-1 gpu-1 | ok\n$HOME *\n"));
  auto node = on("pi-1", {"run", "base:1", "--rm", "--", "nosuchprogram"}, 2);
  EXPECT_EQ(node["exit_status"], 127);
  EXPECT_EQ(error(node), "the program cannot be started: \"nosuchprogram\": executable file not found in $PATH");
  node = on("pi-1", {"run", "nosuch:1", "--rm"}, 2);
  EXPECT_THAT(error(node), StartsWith("the image nosuch:1 is not on this host and cannot be pulled: "));
  EXPECT_EQ(node["changed"], false);
}

TEST_F(DockerTest, ADetachedContainerIsLeftAsItIsUnlessItDiffers) {
  EXPECT_EQ(on("pi-1", worker({"--check"}))["action"], "run");
  EXPECT_EQ(on_node("pi-1", "docker ps -aq").out, "") << "--check ran it";
  ::setenv("CEF_TEST_TOKEN", "hush-hush", 1);
  const std::vector<std::string> options = {"--env",          "MODEL=resnet 18", "--env",
                                            "CEF_TEST_TOKEN", "--restart",       "unless-stopped"};
  auto node = on("pi-1", worker(options));
  EXPECT_EQ(node["action"], "run");
  const std::string id = node["container"];
  EXPECT_THAT(inside("pi-1", "{{.Config.Env}}", "worker"), HasSubstr("CEF_TEST_TOKEN=hush-hush"));
  EXPECT_EQ(inside("pi-1", "{{.HostConfig.RestartPolicy.Name}}", "worker"), "unless-stopped\n");
  node = on("pi-1", worker(options));
  EXPECT_EQ(node["changed"], false);
  EXPECT_EQ(node["container"], id);

  node = on("pi-1", worker({"--env", "MODEL=other"}), 2);
  EXPECT_EQ(error(node),
            "the container worker is there, with another image or other options; --replace makes a new one");
  node = on("pi-1", worker({"--env", "MODEL=other", "--replace"}));
  EXPECT_EQ(node["action"], "replace");
  EXPECT_NE(node["container"], id);
  EXPECT_EQ(on("pi-1", {"logs", "worker"})["stdout"], "model other\n");
  EXPECT_EQ(on_node("pi-1", "docker ps -a --format '{{.Names}}'").out, "worker\n") << "the old one is still there";

  // One that cannot work does not take the place of one that does.
  node = on("pi-1",
            {"run", "base:1", "-d", "--name", "worker", "--replace", "--", "sh", "-c", "echo no weights; exit 3"}, 2);
  EXPECT_EQ(error(node),
            "the container did not stay up: exit status 3, its last words: no weights; the container from before is "
            "back");
  EXPECT_EQ(inside("pi-1", "{{.State.Status}} {{.Config.Env}}", "worker").rfind("running [MODEL=other", 0), 0U);
  EXPECT_EQ(on_node("pi-1", "docker ps -a --format '{{.Names}}'").out, "worker\n");
  on_node("pi-1", "docker stop worker");
  node = on("pi-1", worker({"--env", "MODEL=other"}));
  EXPECT_EQ(node["action"], "start");
}

TEST_F(DockerTest, ExecLogsPsAndStop) {
  on("pi-1", worker({"--env", "MODEL=resnet"}));
  auto node = on("pi-1", {"exec", "worker", "--", "sh", "-c", "echo $MODEL; exit 4"}, 2);
  EXPECT_EQ(node["exit_status"], 4);
  EXPECT_EQ(node["stdout"], "resnet\n");
  EXPECT_EQ(on("pi-1", {"exec", "worker", "--", "true"})["exit_status"], 0);
  node = on("pi-1", {"exec", "worker", "--", "nosuchprogram"}, 2);
  EXPECT_EQ(error(node), "the program cannot be started: \"nosuchprogram\": executable file not found in $PATH");
  EXPECT_EQ(on("pi-1", {"logs", "worker", "--tail", "1", "--since", "1h"})["stdout"], "model resnet\n");
  EXPECT_EQ(on("pi-1", {"logs", "worker", "--tail", "0"})["stdout"], "");
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"logs", "nosuch"}, {"exec", "nosuch", "--", "true"}, {"stop", "worker", "nosuch"}}) {
    EXPECT_EQ(error(on("pi-1", arguments, 2)), "there is no container nosuch");
  }
  EXPECT_EQ(on("pi-1", {"ps"})["containers"][0]["image"], "base:1");
  EXPECT_EQ(on("pi-1", {"stop", "worker", "--check"})["changed"], true);
  EXPECT_EQ(inside("pi-1", "{{.State.Status}}", "worker"), "running\n") << "--check stopped it, or the stop of two did";
  node = on("pi-1", {"stop", "worker"});
  EXPECT_EQ(node["containers"], core::Json::parse(R"([{"name":"worker","before":"running","after":"exited"}])"));
  EXPECT_EQ(on("pi-1", {"stop", "worker"})["changed"], false);
  EXPECT_EQ(error(on("pi-1", {"exec", "worker", "--", "true"}, 2)), "the container worker does not run: it is exited");
  EXPECT_EQ(on("pi-1", {"ps"})["containers"].size(), 0);
  EXPECT_EQ(on("pi-1", {"ps", "--all"})["containers"][0]["state"], "exited");
}

TEST_F(DockerTest, WrongUse) {
  EXPECT_THAT(docker({"build", "pi-1", "--tag", "a:1"}, 5).err, HasSubstr("give one of --model, --dir and --context"));
  EXPECT_THAT(docker({"run", "pi-1", "--replace", "base:1"}, 5).err, HasSubstr("--replace needs the --name"));
  EXPECT_THAT(docker({"run", "pi-1", "BASE IMAGE"}, 5).err, HasSubstr("is not a name of an image"));
  EXPECT_THAT(docker({"run", "pi-1", "base:1", "--env", "NOT_SET_ANYWHERE"}, 5).err, HasSubstr("NOT_SET_ANYWHERE"));
  EXPECT_THAT(docker({"exec", "pi-1", "-x", "--", "true"}, 5).out, "");
}

}  // namespace
}  // namespace cef::e2e
