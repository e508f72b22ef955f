#include <gtest/gtest.h>

#include "../../../src/modules/docker_family.hpp"

namespace cef::modules {
namespace {

using core::Json;

constexpr const char* k_container = R"({
 "Id": "c1", "Image": "sha256:aaa", "State": {"Running": true},
 "Config": {"Cmd": ["sleep", "60"], "Entrypoint": null, "Env": ["A=1", "PATH=/bin"], "Labels": {"x": "y", "z": "1"},
            "Hostname": "c1", "User": "", "WorkingDir": "/w", "Tty": false, "OpenStdin": false},
 "HostConfig": {"Binds": ["/srv:/data:rw", "vol:/v:ro"], "Memory": 536870912, "NanoCpus": 1500000000,
   "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}], "53/udp": [{"HostIp": "127.0.0.1", "HostPort": "53"}]},
   "RestartPolicy": {"Name": "unless-stopped", "MaximumRetryCount": 0}, "NetworkMode": "default", "Privileged": false,
   "CapAdd": ["CAP_NET_ADMIN"], "Devices": [{"PathOnHost": "/dev/i2c-1", "PathInContainer": "/dev/i2c-1"}],
   "LogConfig": {"Type": "json-file", "Config": {}}},
 "NetworkSettings": {"Networks": {"bridge": {}}}})";

std::vector<std::string> differences(const std::string& given, const std::string& image = "sha256:aaa") {
  const Module* module = find("docker_container");
  Json raw = Json::parse(given);
  raw["name"] = "c";
  const auto args = complete_arguments(*module, raw);
  EXPECT_TRUE(args) << args.error().message;
  std::vector<std::string> names;
  for (const auto& one : docker_differences(*args, Json::parse(k_container), Json{{"Id", image}})) {
    names.push_back(one.name);
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(DockerDifferences, NothingAskedIsNoDifference) {
  EXPECT_EQ(differences("{}"), Names{});
  EXPECT_EQ(differences(R"({"image": "x"})"), Names{});
}

TEST(DockerDifferences, WhatIsThereIsNoDifference) {
  EXPECT_EQ(
      differences(R"({"image": "x", "command": "sleep 60", "env": {"A": 1}, "labels": {"x": "y"}, "memory": "512m",
    "volumes": ["/srv:/data", "vol:/v:ro"], "ports": ["8080:80", "127.0.0.1:53:53/udp"], "cpus": 1.5,
    "restart_policy": "unless-stopped", "network_mode": "bridge", "privileged": false, "capabilities": ["NET_ADMIN"],
    "devices": ["/dev/i2c-1:/dev/i2c-1:rwm"], "working_dir": "/w", "log_driver": "json-file"})"),
      Names{});
}

TEST(DockerDifferences, EachIsSeen) {
  EXPECT_EQ(differences(R"({"image": "x"})", "sha256:bbb"), Names{"image"});
  EXPECT_EQ(differences(R"({"command": ["sleep", "61"]})"), Names{"command"});
  EXPECT_EQ(differences(R"({"env": {"A": "2"}})"), Names{"env"});
  EXPECT_EQ(differences(R"({"ports": ["8081:80", "127.0.0.1:53:53/udp"]})"), Names{"published_ports"});
  EXPECT_EQ(differences(R"({"ports": ["8080:80"]})"), Names{"published_ports"});
  EXPECT_EQ(differences(R"({"volumes": ["/srv:/data:ro"]})"), Names{"volumes"});
  EXPECT_EQ(differences(R"({"memory": "1g"})"), Names{"memory"});
  EXPECT_EQ(differences(R"({"privileged": true})"), Names{"privileged"});
  EXPECT_EQ(differences(R"({"restart_policy": "always"})"), Names{"restart_policy"});
  EXPECT_EQ(differences(R"({"network_mode": "host"})"), Names{"network_mode"});
  EXPECT_EQ(differences(R"({"labels": {"x": "other"}})"), Names{"labels"});
}

TEST(DockerDifferences, ComparisonsSayHow) {
  EXPECT_EQ(differences(R"({"env": {"A": "1"}, "comparisons": {"env": "strict"}})"), Names{"env"});
  EXPECT_EQ(differences(R"({"env": {"A": "2"}, "comparisons": {"env": "ignore"}})"), Names{});
  EXPECT_EQ(differences(R"({"image": "x", "command": "other", "comparisons": {"*": "ignore"}})", "sha256:b"), Names{});
}

TEST(DockerOptions, Bytes) {
  EXPECT_EQ(docker_bytes("512m"), 536870912);
  EXPECT_EQ(docker_bytes("1GiB"), 1073741824);
  EXPECT_EQ(docker_bytes("1.5k"), 1536);
  EXPECT_EQ(docker_bytes("64"), 64);
  EXPECT_EQ(docker_bytes("12x"), std::nullopt);
  EXPECT_EQ(docker_bytes(""), std::nullopt);
}

TEST(DockerOptions, WordsOfCreate) {
  const auto args = complete_arguments(
      *find("docker_container"),
      Json::parse(R"({"name": "c", "image": "x", "ports": ["8080:80"], "networks": [{"name": "n", "aliases": ["a"]}],
        "restart_policy": "on-failure", "restart_retries": 3, "privileged": true, "tty": false,
        "healthcheck": {"test": ["CMD", "true"], "interval": "10s"}, "entrypoint": ["/e", "-x"]})"));
  ASSERT_TRUE(args);
  EXPECT_EQ(
      docker_create_options(*args),
      (std::vector<std::string>{"--publish=8080:80", "--privileged", "--restart=on-failure:3", "--entrypoint=/e",
                                "--network=n", "--network-alias=a", "--health-cmd=true", "--health-interval=10s"}));
}

}  // namespace
}  // namespace cef::modules
