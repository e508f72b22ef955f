#include "cef/operation/monitor_values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cef::operation {
namespace {

using core::ErrorCode;
using probe::Metric;

probe::MonitorFacts board() {
  probe::MonitorFacts facts;
  facts.asked = probe::k_all_metrics;
  facts.temperature =
      probe::TemperatureFacts{{{"nvme", "hwmon0/temp1", 91, {}}, {"cpu-thermal", "thermal_zone0", 71.5, {}}},
                              1,
                              "the zone of the CPU",
                              0x50000,
                              {}};
  facts.cpu = probe::CpuFacts{};
  facts.cpu->utilisation_percent = 42;
  facts.cpu->load_1m = 1.5;
  facts.memory = probe::MemoryFacts{{1000}, {250}, {100}, {0}, {0}, {0}, {0}};
  facts.disks = {{"/", "/dev/a", "ext4", {1000}, {450}, {450}, 12.0},
                 {"/data", "/dev/b", "ext4", {1000}, {900}, {100}, {}}};
  facts.interfaces.resize(2);
  facts.interfaces[0].rx_bytes_per_s = 2048;
  facts.interfaces[1].rx_bytes_per_s = 100;
  facts.interfaces[1].tx_bytes_per_s = 3000;
  facts.gpu = probe::GpuFacts{};
  return facts;
}

std::optional<double> value(const char* name, const probe::MonitorFacts& facts) {
  const auto found = find_monitor_value(name);
  EXPECT_TRUE(found) << name;
  return (*found)->of(facts);
}

TEST(MonitorValues, AreTakenFromTheFacts) {
  const auto facts = board();
  EXPECT_EQ(value("temperature", facts), 71.5) << "the sensor of the CPU, not the hottest";
  EXPECT_EQ(value("cpu", facts), 42);
  EXPECT_EQ(value("load", facts), 1.5);
  EXPECT_EQ(value("memory", facts), 75);
  EXPECT_EQ(value("swap", facts), std::nullopt) << "there is none";
  EXPECT_EQ(value("disk", facts), 90);
  EXPECT_EQ(value("inodes", facts), 12);
  EXPECT_EQ(value("rx", facts), 2048);
  EXPECT_EQ(value("tx", facts), 3000);
  EXPECT_EQ(value("throttled", facts), 1);
  EXPECT_EQ(value("gpu", facts), std::nullopt);
  ASSERT_NE(fullest(facts), nullptr);
  EXPECT_EQ(fullest(facts)->mount, "/data");
}

TEST(MonitorValues, OfGpusAreTheHighest) {
  auto facts = board();
  facts.gpu->gpus.resize(3);
  facts.gpu->gpus[0].utilisation_percent = 10;
  facts.gpu->gpus[1].utilisation_percent = 97;
  facts.gpu->gpus[2].temperature_celsius = 66;
  facts.gpu->gpus[1].memory_used = core::Bytes{50};
  facts.gpu->gpus[1].memory_total = core::Bytes{200};
  EXPECT_EQ(value("gpu", facts), 97);
  EXPECT_EQ(value("gpu.temperature", facts), 66);
  EXPECT_EQ(value("gpu.memory", facts), 25);
}

TEST(MonitorValues, OfNothingAreNone) {
  for (const auto& one : monitor_values()) {
    EXPECT_EQ(one.of({}), std::nullopt) << one.name;
  }
}

TEST(MonitorValues, ThrottlingNowIsMoreThanThrottlingOnce) {
  auto facts = board();
  const std::vector<std::pair<unsigned, double>> cases = {{0, 0}, {0x50000, 1}, {0x50005, 2}, {0x8, 2}, {0x100, 0}};
  for (const auto& [bits, level] : cases) {
    facts.temperature->throttled_bits = bits;
    EXPECT_EQ(value("throttled", facts), level) << bits;
  }
}

TEST(MonitorValues, DisksCountAsDfDoes) {
  EXPECT_EQ(used_percent(probe::Disk{"/", "", "", {1000}, {450}, {450}, {}}), 50) << "root's reserve is not counted";
  EXPECT_EQ(used_percent(probe::Disk{}), std::nullopt);
}

TEST(Metrics, AreOredAndMisspellingsNamed) {
  EXPECT_EQ(parse_metrics({}).value(), probe::k_all_metrics);
  EXPECT_EQ(parse_metrics({"cpu", "gpu"}).value(), Metric::cpu | Metric::gpu);
  EXPECT_EQ(parse_metrics({"cpu", "all"}).value(), probe::k_all_metrics);
  const auto wrong = parse_metrics({"cpu", "netwrok"});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::usage);
  EXPECT_EQ(wrong.error().message, "there is no metric 'netwrok'; did you mean 'network'?");
}

TEST(Alert, BreaksByItsOperator) {
  const auto facts = board();
  const std::vector<std::pair<const char*, bool>> cases = {
      {"cpu>42", false},          {"cpu>=42", true},   {"cpu<42", false},
      {"cpu<=42", true},          {"cpu>41.9%", true}, {"rx>2K", false},
      {"rx>=2KiB", true},         {"rx>1M", false},    {" temperature > 71 ", true},
      {"temperature>71°C", true}, {"throttled", true}, {"throttled>1", false},
      {"gpu>0", false},           {"swap<1", false}};
  for (const auto& [text, broken] : cases) {
    const auto rule = parse_alert(text);
    ASSERT_TRUE(rule) << text << ": " << rule.error().message;
    EXPECT_EQ(rule->broken_by(facts).has_value(), broken) << text;
  }
  EXPECT_EQ(parse_alert("temperature > 71")->broken_by(facts), 71.5);
  EXPECT_EQ(parse_alert("temperature > 71")->text, "temperature>71");
  EXPECT_EQ(parse_alert("rx>1.5M")->limit, 1.5 * 1024 * 1024);
}

TEST(Alert, WhatIsNoLimitIsWrongUse) {
  for (const char* text : {"", ">", "cpu", "cpu>", "cpu=5", "cpu==5", "cpu>five", "cpu>5K", "cpu>5%%", "cpu>nan",
                           "rx>5X", "rx>5MM", "cpu>=", "cpu=>5", "80<cpu", "load>3%"}) {
    const auto rule = parse_alert(text);
    ASSERT_FALSE(rule) << text;
    EXPECT_EQ(rule.error().code, ErrorCode::usage) << text;
  }
  EXPECT_EQ(parse_alert("temperatur>5").error().message,
            "there is no value 'temperatur' to watch; did you mean 'temperature'?");
  EXPECT_THAT(find_monitor_value("mem").error().message,
              testing::HasSubstr("'mem' to watch; there are temperature, cpu, "));
  EXPECT_THAT(parse_alert("temperature=80").error().message, testing::HasSubstr("is not a limit; write for example"));
  EXPECT_EQ(parse_alert("cpu>much").error().message,
            "--alert: 'cpu>much' is not a limit; write for example 'temperature>80' or 'rx>=10M'");
}

}  // namespace
}  // namespace cef::operation
