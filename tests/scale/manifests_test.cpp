// The manifests of docs/scale: what Kubernetes would be told fits together, and what its pods would run gives the
// result of one run.
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <sys/wait.h>

#include <gtest/gtest.h>

#include "cef/core/file.hpp"
#include "cef/core/json.hpp"
#include "cef/core/shell.hpp"
#include "cef/core/yaml.hpp"

namespace cef {
namespace {

namespace fs = std::filesystem;
using core::Json;

Json manifest(const std::string& name) {
  const fs::path path = fs::path(CEF_SOURCE_DIR) / "docs" / "scale" / name;
  const auto text = core::read_file(path, core::operator""_MiB(1));
  EXPECT_TRUE(text) << path;
  const auto yaml = core::parse_yaml(text.value_or(""), path.string());
  EXPECT_TRUE(yaml) << yaml.error().message;
  return yaml ? yaml->to_json() : Json();
}

std::map<std::string, std::string> environment(const Json& container) {
  std::map<std::string, std::string> variables;
  for (const Json& one : container.at("env")) {
    EXPECT_TRUE(one.at("value").is_string()) << one.at("name") << " is no text, which Kubernetes refuses";
    variables[one.at("name")] = one.at("value");
  }
  return variables;
}

class Manifests : public testing::Test {
 protected:
  Manifests() {
    std::array<char, 32> name{"/tmp/cef-scale-XXXXXX"};
    folder_ = ::mkdtemp(name.data());
    fs::create_directory(folder_ / "results");
    std::ofstream(folder_ / "hosts.yaml") << "all:\n  vars: {ansible_connection: local}\n  hosts:\n    pi-[1:6]:\n";
  }
  ~Manifests() override { fs::remove_all(folder_); }

  /// Runs what a container would, with its own files in place of the volumes; gives its exit status.
  int run(const Json& container, std::map<std::string, std::string> more) const {
    auto variables = environment(container);
    more["PATH"] = std::string(CEF_BINARY_DIR) + ":/usr/bin:/bin";
    more["HOME"] = folder_.string();
    more["RESULTS"] = (folder_ / "results").string();
    more["CEF_INVENTORY"] = (folder_ / "hosts.yaml").string();
    std::string line = "env -i";
    for (const auto& [name, value] : more) {
      variables[name] = value;
    }
    for (const auto& [name, value] : variables) {
      line += " " + core::shell_quote(name + "=" + value);
    }
    for (const char* list : {"command", "args"}) {
      for (const Json& word : container.at(list)) {
        line += " " + core::shell_quote(word.get<std::string>());
      }
    }
    const int status = std::system(line.c_str());  // NOLINT(concurrency-mt-unsafe)
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  fs::path folder_;
};

Json pod(const Json& job) {
  return job.at("spec").at("template").at("spec");
}

TEST_F(Manifests, AreJobsWhosePartsFitTogether) {
  const Json claim = manifest("results.yaml");
  EXPECT_EQ(claim.at("kind"), "PersistentVolumeClaim");
  for (const char* name : {"shards.yaml", "merge.yaml"}) {
    const Json job = manifest(name);
    EXPECT_EQ(job.at("apiVersion"), "batch/v1") << name;
    EXPECT_EQ(job.at("kind"), "Job") << name;
    const Json spec = pod(job);
    EXPECT_EQ(spec.at("restartPolicy"), "Never") << name;
    std::map<std::string, Json> volumes;
    for (const Json& volume : spec.at("volumes")) {
      volumes[volume.at("name")] = volume;
    }
    for (const Json& mount : spec.at("containers").at(0).at("volumeMounts")) {
      EXPECT_EQ(volumes.count(mount.at("name")), 1U) << name << ": " << mount;
    }
    EXPECT_EQ(volumes.at("results").at("persistentVolumeClaim").at("claimName"), claim.at("metadata").at("name"));
  }
  const Json shards = manifest("shards.yaml");
  EXPECT_EQ(shards.at("spec").at("completionMode"), "Indexed");
  EXPECT_EQ(environment(pod(shards).at("containers").at(0)).at("SHARDS"),
            std::to_string(shards.at("spec").at("completions").get<int>()));
}

TEST_F(Manifests, WhatThePodsRunGivesTheResultOfOneRun) {
  const Json shards = manifest("shards.yaml");
  const Json container = pod(shards).at("containers").at(0);
  const int completions = shards.at("spec").at("completions");
  for (int index = 0; index < completions; ++index) {
    EXPECT_EQ(run(container, {{"JOB_COMPLETION_INDEX", std::to_string(index)}}), 0) << index;
  }
  EXPECT_EQ(run(pod(manifest("merge.yaml")).at("containers").at(0), {}), 0);
  const auto text = core::read_file(folder_ / "results" / "whole" / "result.json", core::operator""_MiB(1));
  ASSERT_TRUE(text);
  const Json whole = *core::parse_json(*text, "result.json");
  EXPECT_EQ(whole.at("summary").at("ok"), 6);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(whole.at("hosts").at(i).at("host"), "pi-" + std::to_string(i + 1));
  }
}

TEST_F(Manifests, APodWithoutAResultFails) {
  std::ofstream(folder_ / "hosts.yaml") << "all: [";
  EXPECT_EQ(run(pod(manifest("shards.yaml")).at("containers").at(0), {{"JOB_COMPLETION_INDEX", "0"}}), 5);
  EXPECT_EQ(run(pod(manifest("merge.yaml")).at("containers").at(0), {}), 5);
}

}  // namespace
}  // namespace cef
