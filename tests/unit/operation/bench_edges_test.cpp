#include "../../../src/operation/bench_edges.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "cef/core/paths.hpp"

namespace cef::operation {
namespace {

namespace fs = std::filesystem;

TEST(BenchTargets, TheCommandLineWinsOverTheInventory) {
  std::string name = (fs::temp_directory_path() / "cef-edges-XXXXXX").string();
  const fs::path folder = ::mkdtemp(name.data());
  std::ofstream(folder / "hosts.yaml") << "all:\n  hosts: {pi-1: {ansible_password: kept, ansible_user: pi}}\n";
  BenchOptions options;
  options.inventory = {folder / "hosts.yaml"};
  auto targets = bench_targets(options);
  ASSERT_TRUE(targets) << targets.error().line();
  EXPECT_EQ(targets->edges.at(0).password->reveal(), "kept");
  EXPECT_EQ(targets->edges.at(0).user, "pi");
  options.password = core::Secret("asked");
  options.user = "root";
  options.private_key = "~/key";
  targets = bench_targets(options);
  ASSERT_TRUE(targets) << targets.error().line();
  EXPECT_EQ(targets->edges.at(0).password->reveal(), "asked");
  EXPECT_EQ(targets->edges.at(0).user, "root");
  EXPECT_EQ(targets->edges.at(0).identity_files.at(0), core::home_dir() / "key");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace cef::operation
