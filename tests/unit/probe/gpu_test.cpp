#include <gtest/gtest.h>

#include "cases.hpp"
#include "probe/parts.hpp"

namespace cef::probe {
namespace {

using State = GpuFacts::State;

GpuFacts facts_of(const std::string& answer) {
  return parse_gpu(split_sections(answer));
}

/// What nvidia-smi says to the first question, and its exit status.
GpuFacts says(const std::string& lines, const std::string& status, const std::string& machine = "") {
  return facts_of("@cef:gpu\n" + machine + "@cef:smi\n" + lines + "\n@cef:smi.status\n" + status + "\n");
}

TEST(Gpu, TwoGpusOneOfThemInSlices) {
  const auto facts = facts_of(case_text("gpu-server"));
  EXPECT_EQ(facts.state, State::ok);
  EXPECT_EQ(facts.note, "");
  ASSERT_EQ(facts.gpus.size(), 2U);
  const Gpu& first = facts.gpus[0];
  EXPECT_EQ(first.index, 0U);
  EXPECT_EQ(first.name, "NVIDIA A100-SXM4-40GB");
  EXPECT_EQ(first.driver, "535.183.01");
  EXPECT_EQ(first.temperature_celsius, 45);
  EXPECT_EQ(first.utilisation_percent, 98);
  EXPECT_EQ(first.power_watts, 312.44);
  EXPECT_EQ(first.memory_used, core::Bytes{38211ULL << 20});
  EXPECT_EQ(first.memory_total, core::Bytes{40960ULL << 20});
  ASSERT_EQ(first.processes.size(), 2U);
  EXPECT_EQ(first.processes[0].pid, 21417U);
  EXPECT_EQ(first.processes[0].name, "/usr/bin/python3");
  EXPECT_EQ(first.processes[0].memory.count, 30110ULL << 20);
  EXPECT_EQ(first.processes[1].name, "/opt/a, b/tritonserver");
  const Gpu& sliced = facts.gpus[1];
  EXPECT_FALSE(sliced.utilisation_percent);
  ASSERT_EQ(sliced.processes.size(), 1U);
  EXPECT_EQ(sliced.processes[0].pid, 34965U);
  EXPECT_EQ(sliced.processes[0].memory.count, 0U);
}

TEST(Gpu, ProcessesWithoutABusBelongToTheOnlyGpu) {
  const std::string one = "@cef:smi\n0, Tesla T4, 535.1, 40, 7, 100, 15360, 27.1\n@cef:smi.status\n0\n";
  const std::string apps = "@cef:apps\n77, python, 90\n\n@cef:apps.status\n0\n";
  const auto facts = facts_of(one + apps);
  ASSERT_EQ(facts.gpus.size(), 1U);
  ASSERT_EQ(facts.gpus[0].processes.size(), 1U);
  EXPECT_EQ(facts.gpus[0].processes[0].name, "python");
  EXPECT_EQ(facts.gpus[0].processes[0].memory.count, 90ULL << 20);
}

TEST(Gpu, WhatAnOldCardDoesNotTellIsNone) {
  const auto facts = says(
      "0, GeForce GT 710, 470.82.01, 41, [Not Supported], 120, 2002, [Not Supported], 00000000:01:00.0\n"
      "1, Quadro K620, 470.82.01, 39, [N/A], [N/A], [N/A], [N/A], 00000000:02:00.0",
      "0");
  EXPECT_EQ(facts.state, State::ok);
  ASSERT_EQ(facts.gpus.size(), 2U);
  EXPECT_FALSE(facts.gpus[0].utilisation_percent);
  EXPECT_FALSE(facts.gpus[0].power_watts);
  EXPECT_EQ(facts.gpus[0].temperature_celsius, 41);
  EXPECT_FALSE(facts.gpus[1].memory_used);
}

TEST(Gpu, AGpuThatNeedsAResetIsBrokenAndStillListed) {
  const auto facts = says(
      "0, NVIDIA H100, 535.1, 40, 7, 100, 81920, 90.5, 00000000:01:00.0\n"
      "1, NVIDIA H100, 535.1, [GPU requires reset], [GPU requires reset], [GPU requires reset], 81920, "
      "[GPU requires reset], 00000000:02:00.0",
      "0");
  EXPECT_EQ(facts.state, State::broken);
  EXPECT_EQ(facts.note, "GPU 1: [GPU requires reset]");
  ASSERT_EQ(facts.gpus.size(), 2U);
  EXPECT_EQ(facts.gpus[0].temperature_celsius, 40);
  EXPECT_FALSE(facts.gpus[1].temperature_celsius);
}

TEST(Gpu, ABrokenDriverIsWhatNvidiaSmiSaid) {
  const auto mismatch =
      says("Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 535.183", "18",
           "pci 0000:01:00.0 0x10de\n");
  EXPECT_EQ(mismatch.state, State::broken);
  EXPECT_EQ(mismatch.note, "Failed to initialize NVML: Driver/library version mismatch");
  EXPECT_TRUE(mismatch.gpus.empty());
  const std::string no_driver =
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA "
      "driver is installed and running.";
  EXPECT_EQ(says(no_driver + "\n", "9").note, no_driver);
  EXPECT_EQ(says(no_driver + "\n", "9").state, State::broken);
}

TEST(Gpu, AGpuThatFellOffTheBusLeavesTheOthersListed) {
  const auto facts = says(
      "Unable to determine the device handle for GPU0000:02:00.0: Unknown Error\n"
      "0, NVIDIA A30, 535.1, 40, 7, 100, 24576, 30, 00000000:01:00.0",
      "15");
  EXPECT_EQ(facts.state, State::broken);
  EXPECT_EQ(facts.note, "Unable to determine the device handle for GPU0000:02:00.0: Unknown Error");
  EXPECT_EQ(facts.gpus.size(), 1U);
}

TEST(Gpu, NvidiaSmiThatHangsOrSaysNothing) {
  EXPECT_EQ(says("", "hung").note, "nvidia-smi did not answer in time");
  EXPECT_EQ(says("", "124").note, "nvidia-smi did not answer in time");
  EXPECT_EQ(says("", "hung").state, State::broken);
  EXPECT_EQ(says("", "139").note, "nvidia-smi failed with exit status 139 and said nothing");
  EXPECT_EQ(says("", "0").note, "nvidia-smi told of no GPU");
}

TEST(Gpu, NoDeviceIsBrokenOnlyWhereThereIsOne) {
  const auto none = says("No devices were found", "6");
  EXPECT_EQ(none.state, State::none);
  EXPECT_EQ(none.note, "no NVIDIA GPU (nvidia-smi: No devices were found)");
  const auto broken = says("No devices were found", "6", "pci 0000:01:00.0 0x10de\n");
  EXPECT_EQ(broken.state, State::broken);
  EXPECT_EQ(broken.note, "No devices were found");
}

TEST(Gpu, ANodeWithoutADriverSaysWhatIsMissing) {
  const auto note = [](const std::string& machine) {
    const auto facts = facts_of("@cef:gpu\n" + machine);
    EXPECT_EQ(facts.state, State::none);
    EXPECT_TRUE(facts.gpus.empty());
    return facts.note;
  };
  EXPECT_EQ(note(""), "no NVIDIA driver (nvidia-smi is not installed)");
  EXPECT_EQ(note("pci 0000:00:02.0 0x8086\n"), "no NVIDIA driver (nvidia-smi is not installed)");
  EXPECT_EQ(note("pci 0000:00:02.0 0x8086\npci 0000:01:00.0 0x10de\npci 0000:02:00.0 0x10de\n"),
            "an NVIDIA GPU is there (PCI 0000:01:00.0), but no NVIDIA driver (nvidia-smi is not installed)");
  EXPECT_EQ(note("pci 0000:03:00.0 0x1002\n"),
            "no NVIDIA driver (nvidia-smi is not installed); the AMD GPU (PCI 0000:03:00.0) is not read");
  EXPECT_EQ(note("module NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.10  Release Build\n"),
            "NVIDIA driver 570.86.10 is loaded, but nvidia-smi is not installed");
}

TEST(Gpu, AJetsonWithoutNvidiaSmi) {
  const auto facts = facts_of(case_text("jetson-nano"));
  EXPECT_EQ(facts.state, State::ok);
  EXPECT_EQ(facts.note, "");
  ASSERT_EQ(facts.gpus.size(), 1U);
  EXPECT_EQ(facts.gpus[0].name, "NVIDIA Jetson Nano Developer Kit GPU");
  EXPECT_EQ(facts.gpus[0].driver, "L4T R32.7.1");
  EXPECT_EQ(facts.gpus[0].utilisation_percent, 45);
  EXPECT_EQ(facts.gpus[0].power_watts, 0.45);
  EXPECT_EQ(facts.gpus[0].temperature_celsius, 34);
  EXPECT_FALSE(facts.gpus[0].memory_total);  // it shares the memory of the CPU
}

TEST(Gpu, AJetsonsNvidiaSmiKnowsOnlyTheName) {
  const auto facts = facts_of(case_text("jetson-orin"));
  EXPECT_EQ(facts.state, State::ok);
  ASSERT_EQ(facts.gpus.size(), 1U);
  EXPECT_EQ(facts.gpus[0].name, "Orin (nvgpu)");
  EXPECT_EQ(facts.gpus[0].driver, "540.4.0");
  EXPECT_EQ(facts.gpus[0].utilisation_percent, 31);
  EXPECT_EQ(facts.gpus[0].temperature_celsius, 47.125);
  EXPECT_FALSE(facts.gpus[0].power_watts);  // its rail feeds the SoC too
}

}  // namespace
}  // namespace cef::probe
