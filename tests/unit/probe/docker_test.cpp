// Answers of Debian's docker 20.10, and of a client 28 with that daemon, are recorded in tests/docker-cases.
#include "cef/probe/docker.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace cef::probe {
namespace {

std::string recorded(const std::string& name) {
  std::ifstream file(std::string(CEF_SOURCE_DIR) + "/tests/docker-cases/" + name + ".txt");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

DockerFacts facts_of(const std::string& name) {
  const auto facts = parse_docker(recorded(name));
  EXPECT_TRUE(facts) << facts.error().line();
  return facts ? *facts : DockerFacts{};
}

TEST(Docker, ADaemonThatRuns) {
  const auto facts = facts_of("docker-20.10");
  EXPECT_EQ(facts.state, DockerState::running);
  EXPECT_EQ(facts.reason, "");
  EXPECT_EQ(facts.client_version, "20.10.24+dfsg1");
  EXPECT_EQ(facts.server_version, "20.10.24+dfsg1");
  EXPECT_EQ(facts.service, "active");
  EXPECT_EQ(facts.storage_driver, "overlay2");
  EXPECT_EQ(facts.root_dir, "/var/lib/docker");
  EXPECT_EQ(facts.root_size, core::Bytes{264212084ULL * 1024});
  EXPECT_EQ(facts.root_free, core::Bytes{76937500ULL * 1024});
  EXPECT_EQ(facts.runtimes,
            (std::vector<std::string>{"io.containerd.runc.v2", "io.containerd.runtime.v1.linux", "runc"}));
  ASSERT_EQ(facts.uses.size(), 4U);
  EXPECT_EQ(facts.uses[0].type, "images");
  EXPECT_EQ(facts.uses[0].count, 1U);
  EXPECT_EQ(facts.uses[0].size, core::Bytes{1'982'000});
  EXPECT_EQ(facts.uses[0].reclaimable, core::Bytes{0});
  EXPECT_EQ(facts.uses[2].type, "local_volumes");
  EXPECT_EQ(facts.uses[3].type, "build_cache");
  ASSERT_EQ(facts.containers.size(), 1U);
  const auto& web = facts.containers[0];
  EXPECT_EQ(web.id, "807e3ba0fc3b35814b3d8dcbf3b7987e1ef7051e081f2f7676bb00311ea9ef24");
  EXPECT_EQ(web.name, "web");
  EXPECT_EQ(web.image, "base:1");
  EXPECT_EQ(web.state, "running");
  EXPECT_EQ(web.status, "Up 21 seconds");
  EXPECT_EQ(web.created, "2026-11-21T08:04:15Z");
  EXPECT_EQ(web.command, "sh -c 'mkdir -p /www; echo hi >/www/index.html; exec httpd -f -h /www'");
  EXPECT_EQ(web.ports, (std::vector<std::string>{"0.0.0.0:8088->80/tcp", ":::8088->80/tcp"}));
}

TEST(Docker, AClientThatIsNewerThanItsDaemon) {
  const auto facts = facts_of("docker-28-client");
  EXPECT_EQ(facts.state, DockerState::running);
  EXPECT_EQ(facts.client_version, "28.2.2");
  EXPECT_EQ(facts.server_version, "20.10.24+dfsg1");
  EXPECT_EQ(facts.service, "") << "no systemd there";
  EXPECT_EQ(facts.uses[0].reclaimable, core::Bytes{98'760'000});
  ASSERT_EQ(facts.containers.size(), 2U);
  EXPECT_EQ(facts.containers[0].name, "pub");
  EXPECT_TRUE(facts.containers[0].ports.empty());
}

TEST(Docker, NoneDownAndForbidden) {
  EXPECT_EQ(facts_of("none").state, DockerState::none);
  const auto down = facts_of("down");
  EXPECT_EQ(down.state, DockerState::down);
  EXPECT_EQ(down.client_version, "20.10.24+dfsg1");
  EXPECT_EQ(down.server_version, "");
  EXPECT_EQ(
      down.reason,
      "the docker daemon does not run; 'cef service start PATTERN docker' starts it (systemd says: docker.service "
      "is inactive)");
  const auto forbidden = facts_of("no-permission");
  EXPECT_EQ(forbidden.state, DockerState::down);
  EXPECT_EQ(forbidden.reason.rfind("this user may not use docker's socket; ", 0), 0U) << forbidden.reason;
}

TEST(Docker, AnAnswerThatIsCutIsAnError) {
  const std::string whole = recorded("docker-20.10");
  for (const std::size_t length : {std::size_t{0}, whole.size() / 2, whole.size() - 10}) {
    const auto cut = parse_docker(whole.substr(0, length));
    ASSERT_FALSE(cut) << length;
    EXPECT_EQ(cut.error().code, core::ErrorCode::host_failed);
  }
  EXPECT_FALSE(parse_docker_ps("{\"ID\":\"1\"}\nnot json\n"));
  EXPECT_FALSE(parse_docker_df("[]\n"));
  EXPECT_TRUE(parse_docker_ps("")->empty());
}

TEST(Docker, WhatADaemonBeforeSaysInWordsOnly) {
  const auto containers = parse_docker_ps(
      "{\"ID\":\"1\",\"Names\":\"a\",\"Status\":\"Up 2 hours (Paused)\"}\n{\"ID\":\"2\",\"Status\":\"Up 5 seconds\"}\n"
      "{\"ID\":\"3\",\"Status\":\"Exited (137) 2 days ago\",\"CreatedAt\":\"2026-11-21 08:04:15 +0900 KST\"}\n"
      "{\"ID\":4,\"Names\":null}\n");
  ASSERT_TRUE(containers);
  EXPECT_EQ((*containers)[0].state, "paused");
  EXPECT_EQ((*containers)[1].state, "running");
  EXPECT_EQ((*containers)[2].state, "exited");
  EXPECT_EQ((*containers)[2].created, "") << "not UTC";
  EXPECT_EQ((*containers)[3].id, "") << "a type that docker does not use";
}

TEST(Docker, Sizes) {
  EXPECT_EQ(parse_docker_size("1.23GB (45%)"), core::Bytes{1'230'000'000});
  EXPECT_EQ(parse_docker_size("772.9kB"), core::Bytes{772'900});
  EXPECT_EQ(parse_docker_size("0B"), core::Bytes{0});
  EXPECT_EQ(parse_docker_size("1.5 MiB"), core::Bytes{1'572'864});
  EXPECT_EQ(parse_docker_size("2TB"), core::Bytes{2'000'000'000'000});
  EXPECT_EQ(parse_docker_size("1.024e+03MB"), core::Bytes{1'024'000'000});
  for (const char* text : {"", "B", "12", "N/A", "-5B", "1QB", "1kiloB", "inf B", "99999PB", "1e400B"}) {
    EXPECT_FALSE(parse_docker_size(text)) << text;
  }
}

TEST(Docker, Versions) {
  EXPECT_EQ(parse_docker_version("Docker version 20.10.24+dfsg1, build 297e128\n"), "20.10.24+dfsg1");
  EXPECT_EQ(parse_docker_version("Docker version 28.2.2, build e6534b4"), "28.2.2");
  EXPECT_EQ(parse_docker_version("sh: docker: not found"), "");
}

TEST(Docker, ReasonsAreOneLineWithTheWayOut) {
  EXPECT_EQ(docker_reason("sh: 12: docker: not found\n"),
            "there is no docker on this host; 'cef docker install PATTERN' puts it there");
  EXPECT_EQ(docker_reason("failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is "
                          "correct and if the daemon is running\n"),
            "the docker daemon does not run; 'cef service start PATTERN docker' starts it");
  EXPECT_EQ(docker_reason("Error: No such container: web\n"), "there is no container web");
  EXPECT_EQ(docker_reason("Error response from daemon: No such container: web\n"), "there is no container web");
  EXPECT_EQ(docker_reason("docker: Error response from daemon: could not select device driver \"\" with capabilities: "
                          "[[gpu]].\ntime=\"2026-11-21T08:05:20Z\" level=error msg=\"error waiting for container\"\n"),
            "docker cannot give GPUs to a container here: the NVIDIA container toolkit is not installed");
  EXPECT_EQ(docker_reason("docker: invalid reference format.\nSee 'docker run --help'.\n"),
            "invalid reference format.");
  EXPECT_EQ(docker_reason("\nRun 'docker run --help' for more information\n"), "docker failed and did not say why");
}

TEST(Docker, AProgramThatCannotBeStarted) {
  EXPECT_EQ(
      docker_reason("docker: Error response from daemon: failed to create shim task: OCI runtime create failed: "
                    "runc create failed: unable to start container process: exec: \"nosuch\": executable file not "
                    "found in $PATH: unknown.\n"),
      "the program cannot be started: \"nosuch\": executable file not found in $PATH");
  EXPECT_EQ(docker_reason("OCI runtime exec failed: exec failed: unable to start container process: exec: \"/data\": "
                          "permission denied: unknown\r\n"),
            "the program cannot be started: \"/data\": permission denied");
}

TEST(Docker, TheFragmentIsAShellScriptThatAlwaysAnswers) {
  // Without docker, or with one whose daemon does not run, as the machine may be.
  ASSERT_EQ(::setenv("CEF_DOCKER_SCRIPT", docker_fragment().c_str(), 1), 0);
  EXPECT_EQ(std::system("sh -n -c \"$CEF_DOCKER_SCRIPT\""), 0);
  EXPECT_EQ(std::system("PATH=/nonexistent /bin/sh -c \"$CEF_DOCKER_SCRIPT\" >/dev/null"), 0);
  ::unsetenv("CEF_DOCKER_SCRIPT");
}

}  // namespace
}  // namespace cef::probe
