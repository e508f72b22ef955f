#include "../../../src/operation/runner_machine.hpp"

#include <gtest/gtest.h>

namespace cef::operation {
namespace {

TEST(PhysicalCores, CountsEachCoreOnceWithItsPackage) {
  const char* two_packages_two_threads =
      "processor\t: 0\nphysical id\t: 0\ncore id\t\t: 0\n\nprocessor\t: 1\nphysical id\t: 0\ncore id\t\t: 0\n\n"
      "processor\t: 2\nphysical id\t: 1\ncore id\t\t: 0\n\nprocessor\t: 3\nphysical id\t: 1\ncore id\t\t: 1\n";
  EXPECT_EQ(physical_cores(two_packages_two_threads), 3);
  EXPECT_EQ(physical_cores("processor\t: 0\nBogoMIPS\t: 108.00\n"), 0);
}

TEST(CpuModel, IsTheBoardsWhereTheProcessorHasNoName) {
  EXPECT_EQ(cpu_model("model name\t: AMD EPYC\nmodel name\t: AMD EPYC\n"), "AMD EPYC");
  EXPECT_EQ(cpu_model("processor\t: 0\nHardware\t: BCM2835\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4\n"),
            "Raspberry Pi 4 Model B Rev 1.4");
  EXPECT_EQ(cpu_model(""), "");
}

TEST(MemoryField, IsInBytes) {
  const char* meminfo = "MemTotal:        3884212 kB\nMemFree:          100 kB\nMemAvailable:    2000000 kB\n";
  EXPECT_EQ(memory_field(meminfo, "MemAvailable")->count, 2'048'000'000U);
  EXPECT_FALSE(memory_field(meminfo, "SwapTotal"));
}

TEST(CpuQuota, ReadsCgroupVersion2) {
  EXPECT_DOUBLE_EQ(*cpu_quota("150000 100000\n"), 1.5);
  EXPECT_FALSE(cpu_quota("max 100000\n"));
  EXPECT_FALSE(cpu_quota(""));
}

TEST(StatField, IsTheWholeName) {
  const char* stat = "cache 10\ninactive_file 4096\ntotal_inactive_file 8192\n";
  EXPECT_DOUBLE_EQ(*stat_field(stat, "inactive_file"), 4096);
  EXPECT_DOUBLE_EQ(*stat_field(stat, "total_inactive_file"), 8192);
  EXPECT_FALSE(stat_field(stat, "file"));
}

TEST(ThisMachine, KnowsItself) {
  const EdgeEnvironment here = this_machine(0);
  EXPECT_GE(here.threads, 1);
  EXPECT_LE(here.threads, here.cpus);
  EXPECT_GT(here.memory.count, 0U);
  EXPECT_EQ(here.kernel.rfind("Linux ", 0), 0U);
  EXPECT_EQ(this_machine(7).threads, 7);
  EXPECT_GT(machine_status().memory_available.count, 0U);
}

}  // namespace
}  // namespace cef::operation
