#include <gtest/gtest.h>

#include "probe/parts.hpp"

namespace cef::probe {
namespace {

std::optional<TegraGpu> tegra_of(const std::string& answer) {
  return parse_tegra(split_sections(answer));
}

TegraGpu stats(const std::string& line) {
  const auto gpu = tegra_of("@cef:tegra\n@cef:tegrastats\n" + line + "\n");
  EXPECT_TRUE(gpu) << line;
  return gpu.value_or(TegraGpu{});
}

// The lines are as boards with these names print them.

TEST(Tegra, Nano) {
  const auto gpu = stats(
      "RAM 2519/3956MB (lfb 3x4MB) SWAP 0/1978MB (cached 0MB) CPU [12%@1479,off,7%@1479,20%@1479] EMC_FREQ 9%@1600 "
      "GR3D_FREQ 45%@921 NVDEC 716 APE 25 PLL@33C CPU@36.5C PMIC@100C GPU@34C AO@41C thermal@35.25C POM_5V_IN "
      "3187/3187 "
      "POM_5V_GPU 450/460 POM_5V_CPU 612/612");
  EXPECT_EQ(gpu.utilisation_percent, 45);
  EXPECT_EQ(gpu.temperature_celsius, 34);
  EXPECT_EQ(gpu.power_watts, 0.45);
}

TEST(Tegra, Tx2) {
  const auto gpu = stats(
      "RAM 2135/7855MB (lfb 1057x4MB) CPU [2%@2035,0%@2035,0%@2035,2%@2035,2%@2036,2%@2035] EMC_FREQ 1%@1866 GR3D_FREQ "
      "0%@1300 APE 150 MTS fg 0% bg 0% BCPU@30C MCPU@30C GPU@29C PLL@30C Tboard@28C Tdiode@28.25C PMIC@100C "
      "thermal@29.4C "
      "VDD_IN 3104/4029 VDD_CPU 291/730 VDD_GPU 145/207 VDD_SOC 727/746 VDD_WIFI 0/180 VDD_DDR 1248/1375");
  EXPECT_EQ(gpu.utilisation_percent, 0);
  EXPECT_EQ(gpu.temperature_celsius, 29);
  EXPECT_EQ(gpu.power_watts, 0.145);
}

TEST(Tegra, XavierNx) {
  const auto gpu = stats(
      "RAM 2690/6854MB (lfb 6x1MB) SWAP 479/3427MB (cached 3MB) CPU [3%@1904,7%@1906,1%@1905,0%@1907,off,off] EMC_FREQ "
      "0%@1600 GR3D_FREQ 12%@[510] VIC_FREQ 601 APE 150 AUX@39C CPU@39.5C AO@37.5C GPU@37.5C PMIC@50C VDD_IN "
      "5079mW/5079mW VDD_CPU_GPU_CV 696mW/696mW VDD_SOC 1104mW/1104mW");
  EXPECT_EQ(gpu.utilisation_percent, 12);
  EXPECT_EQ(gpu.temperature_celsius, 37.5);
  EXPECT_FALSE(gpu.power_watts);  // the rail of the GPU is also that of the CPU
}

TEST(Tegra, AgxOrinWithItsGpuSwitchedOff) {
  const auto gpu = stats(
      "04-11-2025 10:36:27 RAM 4321/62801MB (lfb 1759x4MB) SWAP 19/31400MB (cached 0MB) CPU [0%@729,0%@729] EMC_FREQ "
      "0%@2133 GR3D_FREQ 0%@[0,0] VIC_FREQ 729 APE 174 CV0@-256C CPU@44.562C Tboard@32C SOC2@40.093C Tdiode@33C "
      "GPU@-256C "
      "tj@44.343C VDD_GPU_SOC 2340mW/2340mW VDD_CPU_CV 390mW/390mW NC 0mW/0mW");
  EXPECT_EQ(gpu.utilisation_percent, 0);
  EXPECT_FALSE(gpu.temperature_celsius);
}

TEST(Tegra, OrinNanoInSmallLettersWithAverages) {
  const auto gpu = stats(
      "RAM 8179/62817MB (lfb 4x4MB) SWAP 0/31408MB (cached 0MB) CPU [35%@2201,24%@2201] GR3D_FREQ 32% "
      "cpu@51.968C/51.968C gpu@47.125C/47.125C tj@51.968C/51.968C VDD_GPU_SOC 4385mW/3787mW/4385mW");
  EXPECT_EQ(gpu.utilisation_percent, 32);
  EXPECT_EQ(gpu.temperature_celsius, 47.125);
}

TEST(Tegra, ThorLeavesOutTheShareAndTheKernelTellsIt) {
  const auto gpu = tegra_of(
      "@cef:tegra\nl4t # R38 (release), REVISION: 2.0, GCID: 41844464, BOARD: generic, EABI: aarch64\nload 275\n"
      "@cef:tegrastats\nRAM 3000/125772MB (lfb 4x4MB) CPU [0%@972,0%@972] GR3D_FREQ @[0,0,0] gpu@38.5C\n");
  ASSERT_TRUE(gpu);
  EXPECT_EQ(gpu->driver, "L4T R38.2.0");
  EXPECT_EQ(gpu->utilisation_percent, 27.5);
}

TEST(Tegra, WithoutTegrastatsTheKernelTells) {
  const auto gpu = tegra_of("@cef:tegra\nload 1000\nheat 41500\nboard NVIDIA Jetson AGX Xavier\n");
  ASSERT_TRUE(gpu);
  EXPECT_EQ(gpu->name, "NVIDIA Jetson AGX Xavier GPU");
  EXPECT_EQ(gpu->utilisation_percent, 100);
  EXPECT_EQ(gpu->temperature_celsius, 41.5);
  EXPECT_EQ(gpu->driver, "");
}

TEST(Tegra, OtherBoardsAreNone) {
  EXPECT_FALSE(tegra_of("@cef:tegra\n"));
  EXPECT_FALSE(tegra_of("@cef:tegra\nboard Raspberry Pi 4 Model B Rev 1.4\n"));
  EXPECT_FALSE(tegra_of("@cef:tegra\nload junk\n@cef:tegrastats\nCannot open hwmon\n"));
}

}  // namespace
}  // namespace cef::probe
