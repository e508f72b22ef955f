#include <gtest/gtest.h>

#include "cases.hpp"
#include "probe/parts.hpp"

namespace cef::probe {
namespace {

CpuFacts facts_of(const std::string& answer) {
  return parse_cpu(split_sections(answer));
}

TEST(Cpu, ARaspberryPiByCoreAndInAll) {
  const auto facts = facts_of(case_text("raspberry-pi-4"));
  EXPECT_EQ(facts.model, "Cortex-A72");
  EXPECT_EQ(facts.cores, 4U);
  EXPECT_DOUBLE_EQ(facts.load_1m, 0.52);
  EXPECT_DOUBLE_EQ(facts.load_5m, 0.58);
  EXPECT_DOUBLE_EQ(facts.load_15m, 0.59);
  EXPECT_EQ(facts.core_utilisation_percent, (std::vector<double>{75, 0, 100, 20}));
  EXPECT_DOUBLE_EQ(facts.utilisation_percent, 100.0 * 195 / 400);
  EXPECT_EQ(facts.frequency_mhz, 1050);
  EXPECT_DOUBLE_EQ(facts.seconds_by_mode.at("user"), 401.6);
  EXPECT_DOUBLE_EQ(facts.seconds_by_mode.at("idle"), 32002.04);
  EXPECT_DOUBLE_EQ(facts.seconds_by_mode.at("softirq"), 1.6);
  EXPECT_EQ(facts.seconds_by_mode.size(), 8U);
  ASSERT_EQ(facts.core_seconds_by_mode.size(), 4U);
  EXPECT_DOUBLE_EQ(facts.core_seconds_by_mode.at(2).at("user"), 101);
  EXPECT_DOUBLE_EQ(facts.core_seconds_by_mode.at(3).at("idle"), 8000.8);
}

TEST(Cpu, AServerTellsItsFrequencyInCpuinfo) {
  const auto facts = facts_of(case_text("gpu-server"));
  EXPECT_EQ(facts.model, "Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz");
  EXPECT_EQ(facts.frequency_mhz, 2300);
  EXPECT_DOUBLE_EQ(facts.utilisation_percent, 75);
}

TEST(Cpu, AModelOfWhateverNamesTheProcessorBest) {
  EXPECT_EQ(facts_of("@cef:cpuinfo\nmodel name\t: ARMv7 Processor rev 3 (v7l)\nModel\t: Raspberry Pi 4\n"
                     "@cef:lscpu\nModel name:   Cortex-A72\n")
                .model,
            "Cortex-A72");
  EXPECT_EQ(facts_of("@cef:cpuinfo\nmodel name\t: ARMv7 Processor rev 3 (v7l)\n@cef:lscpu\n").model,
            "ARMv7 Processor rev 3 (v7l)");
  EXPECT_EQ(facts_of("@cef:cpuinfo\nHardware\t: BCM2835\nModel\t: Raspberry Pi 3\n@cef:lscpu\nModel name:  -\n").model,
            "BCM2835");
  EXPECT_EQ(facts_of("@cef:cpuinfo\ncpu model\t: MIPS 24Kc V7.4\n").model, "MIPS 24Kc V7.4");
  EXPECT_EQ(facts_of("").model, "");
}

TEST(Cpu, CoresAreInTheOrderOfTheirNumbers) {
  std::string first = "@cef:stat1\n";
  std::string second = "@cef:stat2\n";
  for (int core = 0; core < 12; ++core) {
    const std::string name = "cpu" + std::to_string(core);
    first += name + " 0 0 0 0 0 0 0 0\n";
    second += name + " " + std::to_string(core) + " 0 0 " + std::to_string(100 - core) + " 0 0 0 0\n";
  }
  const auto facts = facts_of(first + second);
  ASSERT_EQ(facts.core_utilisation_percent.size(), 12U);
  for (int core = 0; core < 12; ++core) {
    EXPECT_DOUBLE_EQ(facts.core_utilisation_percent[static_cast<std::size_t>(core)], core);
  }
}

TEST(Cpu, ACoreThatCameOrWentAndColumnsThatGoBackAreHarmless) {
  const auto facts = facts_of(
      "@cef:stat1\ncpu 100 0 0 100 50 0 0 0\ncpu0 100 0 0 100 50 0 0 0\ncpu2 5 0 0 5\n"
      "@cef:stat2\ncpu 110 0 0 110 40 0 0 0\ncpu0 110 0 0 110 40 0 0 0\ncpu1 900 0 0 0 0 0 0 0\n");
  EXPECT_EQ(facts.cores, 2U);
  EXPECT_EQ(facts.core_utilisation_percent, (std::vector<double>{50, 0}));
  EXPECT_DOUBLE_EQ(facts.utilisation_percent, 50);
}

TEST(Cpu, TheSameReadingTwiceIsIdle) {
  EXPECT_EQ(facts_of("@cef:stat1\ncpu 1 1 1 1\n@cef:stat2\ncpu 1 1 1 1\n").utilisation_percent, 0);
}

TEST(Cpu, TimeStolenByTheHostIsNotIdleAndTimeWaitingForADiskIs) {
  const auto facts =
      facts_of("@cef:stat1\ncpu 0 0 0 0 0 0 0 0\n@cef:stat2\ncpu 10 0 0 20 40 0 0 30\n@cef:hertz\n250\n");
  EXPECT_DOUBLE_EQ(facts.utilisation_percent, 40);
  EXPECT_DOUBLE_EQ(facts.seconds_by_mode.at("steal"), 30.0 / 250);
}

TEST(Cpu, WithoutAFrequencyThereIsNone) {
  EXPECT_FALSE(facts_of("@cef:cpufreq\n@cef:cpumhz\n").frequency_mhz);
  EXPECT_EQ(facts_of("@cef:cpufreq\n1200000\n0\njunk\n@cef:cpumhz\ncpu MHz : 5\n").frequency_mhz, 1200);
}

}  // namespace
}  // namespace cef::probe
