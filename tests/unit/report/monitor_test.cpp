#include "cef/report/monitor.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cef/core/file.hpp"
#include "monitor_samples.hpp"

namespace cef::report {
namespace {

using operation::MonitorHost;
using probe::Metric;
using testing::HasSubstr;
using testing::Not;

const Style k_plain{false, 1'000'000};
constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    all.push_back(line);
  }
  return all;
}

std::string line_with(const std::string& text, const std::string& begin) {
  for (const auto& line : lines(text)) {
    if (line.rfind(begin, 0) == 0) {
      return line;
    }
  }
  return {};
}

void expect_golden(const std::string& text, const char* name) {
  const std::filesystem::path path = std::filesystem::path(CEF_SOURCE_DIR) / "tests" / "golden" / name;
  if (std::getenv("CEF_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
  }
  EXPECT_EQ(text, core::read_file(path, core::operator""_MiB(1)).value_or("")) << name;
}

TEST(Monitor, JsonIsTheGoldenFile) {
  expect_golden(core::dump_document(fleet_json(sample_fleet(), "cef.monitor/1", &host_json)) + "\n", "monitor.json");
}

TEST(Monitor, JsonOfWhatWasNotAskedIsNull) {
  MonitorHost host = raspberry_pi();
  host.report.facts = {};
  host.report.facts.asked = static_cast<probe::Metrics>(Metric::disk);
  const auto json = host_json(host);
  for (const char* key : {"temperature", "cpu", "memory", "network", "gpu", "interval_seconds", "booted_at"}) {
    EXPECT_TRUE(json.at(key).is_null()) << key;
  }
  EXPECT_TRUE(json.at("disks").is_array());
  const auto event = sample_json(7, host);
  EXPECT_EQ(event.at("sample"), 7);
  EXPECT_EQ(event.at("event"), "host");
}

TEST(Monitor, TheOverviewIsARowAHost) {
  const std::string text = monitor_text(sample_fleet(), probe::k_all_metrics, k_plain);
  expect_golden(text, "monitor.txt");
  EXPECT_THAT(line_with(text, "pi-1 "), HasSubstr("temperature>80; under-voltage since boot; throttled since boot"));
  EXPECT_THAT(line_with(text, "gpu-1 "), HasSubstr("87% 64.0°C"));
  EXPECT_THAT(line_with(text, "gpu-2 "), HasSubstr("broken  nvidia-smi: Failed to initialize NVML"));
  EXPECT_THAT(text, HasSubstr("alert: pi-1: temperature is 81.2°C (temperature>80)\n4 hosts: 3 ok, 1 unreachable in "));
}

TEST(Monitor, ColumnsAreThoseOfTheMetrics) {
  const auto metrics = Metric::memory | Metric::network;
  const std::string header = lines(monitor_text(sample_fleet(), metrics, k_plain)).front();
  EXPECT_THAT(header, HasSubstr("MEM"));
  EXPECT_THAT(header, HasSubstr("RX"));
  EXPECT_THAT(header, Not(HasSubstr("TEMP")));
  EXPECT_THAT(header, Not(HasSubstr("GPU")));
}

TEST(Monitor, OneMetricIsShownInDetail) {
  const auto detail = [](Metric metric) {
    return monitor_text(sample_fleet(), static_cast<probe::Metrics>(metric), k_plain);
  };
  EXPECT_THAT(detail(Metric::temperature), HasSubstr("rp1_adc      hwmon1/temp1   44.5°C         -"));
  EXPECT_THAT(detail(Metric::temperature), HasSubstr("CPU: the thermal zone of the CPU"));
  EXPECT_THAT(detail(Metric::temperature), HasSubstr("the node has no temperature sensor"));
  EXPECT_THAT(detail(Metric::cpu), HasSubstr("Cortex-A72      2  62%  0.52 0.58 0.50  1.50 GHz  25% 100%"));
  EXPECT_THAT(detail(Metric::memory), HasSubstr("71.5 MiB of 95.4 MiB"));
  EXPECT_THAT(detail(Metric::disk), HasSubstr("/dev/mmcblk0p2  ext4  29.8 GiB  26.5 GiB    1.4 GiB  95%     12%"));
  EXPECT_THAT(detail(Metric::network), HasSubstr("eth0       up     10.0.0.11  1000 Mbit/s  1.5 MiB/s  512 B/s"));
  EXPECT_THAT(detail(Metric::network), HasSubstr("3/4"));
  EXPECT_THAT(detail(Metric::gpu), HasSubstr("python3 (4242, 5.5 GiB)"));
  EXPECT_THAT(detail(Metric::gpu), HasSubstr("Driver/library version mismatch"));
}

TEST(Monitor, TextFromHostsCannotDriveTheTerminal) {
  auto result = sample_fleet();
  result.hosts[0].report.facts.temperature->sensors[0].name = "evil\x1b[2J";
  result.hosts[0].report.facts.gpu->note = "bell\a";
  result.hosts[0].report.facts.disks[0].mount = "/\x1b]0;x";
  result.hosts[0].report.facts.interfaces[0].name = "eth\r0";
  result.hosts[2].report.facts.gpu->gpus[0].processes[0].name = "\x1b[31m";
  for (unsigned metric = 1; metric <= probe::k_all_metrics; metric += metric == 32 ? 31 : metric) {
    const std::string text = monitor_text(result, metric, k_plain);
    EXPECT_EQ(text.find_first_of("\x1b\a\r"), std::string::npos) << metric;
  }
}

TEST(ValueText, IsShortAndHasItsUnit) {
  EXPECT_EQ(value_text(34.4, operation::Unit::percent), "34%");
  EXPECT_EQ(value_text(71.26, operation::Unit::celsius), "71.3°C");
  EXPECT_EQ(value_text(0.5, operation::Unit::plain), "0.50");
  EXPECT_EQ(value_text(1'572'864, operation::Unit::bytes_per_s), "1.5 MiB/s");
  EXPECT_EQ(value_text(-3, operation::Unit::bytes_per_s), "0 B/s");
  EXPECT_EQ(value_text(1e300, operation::Unit::bytes_per_s),
            core::to_human(core::Bytes{1'000'000'000'000'000'000}) + "/s");
}

TEST(Sparkline, ShowsTheLastValuesBetweenItsLimits) {
  EXPECT_EQ(sparkline({0, 50, 100}, 10, 0, 100), "▁▅█");
  EXPECT_EQ(sparkline({0, 50, 100}, 2, 0, 100), "▅█");
  EXPECT_EQ(sparkline({-5, k_nan, 500}, 10, 0, 100), "▁ █");
  EXPECT_EQ(sparkline({3, 3}, 10, 3, 3), "▁▁") << "all the same";
  EXPECT_EQ(sparkline({}, 10, 0, 1), "");
}

class Watch : public testing::Test {
 protected:
  Watch() : view_({"pi-1", "pi-2", "gpu-1", "gpu-2"}) {
    view_.set_interval(std::chrono::seconds(2));
    for (const auto& host : sample_fleet().hosts) {
      view_.take(host);
    }
  }
  std::vector<std::string> frame(unsigned height = 24) const {
    return lines(view_.frame("10:00:00 UTC", height, {false, 200}));
  }
  std::vector<std::string> order() const {
    std::vector<std::string> hosts;
    const auto all = frame();
    for (std::size_t i = 3; i < all.size(); ++i) {
      hosts.push_back(all[i].substr(0, all[i].find(' ')));
    }
    return hosts;
  }
  WatchView view_;
};

TEST_F(Watch, TheFrameIsTitleKeysHeaderAndHosts) {
  const auto all = frame();
  ASSERT_EQ(all.size(), 7U);
  EXPECT_EQ(all[0], "cef monitor  4 hosts  sample 1 every 2.0 s  10:00:00 UTC  1 alert  1 without answer");
  EXPECT_THAT(all[2], testing::StartsWith("HOST"));
  EXPECT_THAT(all[5], HasSubstr("62%"));
}

TEST_F(Watch, KeysSortAndHostsWithoutTheValueAreLast) {
  using Order = std::vector<std::string>;
  EXPECT_EQ(order(), (Order{"gpu-1", "gpu-2", "pi-1", "pi-2"})) << "by name";
  EXPECT_TRUE(view_.sort_by_key('t'));
  EXPECT_EQ(order().front(), "pi-1");
  EXPECT_TRUE(view_.sort_by_key('c'));
  EXPECT_EQ(order(), (Order{"pi-1", "gpu-1", "gpu-2", "pi-2"}));
  EXPECT_TRUE(view_.sort_by_key('g'));
  EXPECT_EQ(order().front(), "gpu-1");
  EXPECT_FALSE(view_.sort_by_key('x'));
  EXPECT_EQ(order().front(), "gpu-1") << "an unknown key changes nothing";
}

TEST_F(Watch, SparklinesGrowBySampleWithGaps) {
  auto host = raspberry_pi();
  host.report.facts.cpu->utilisation_percent = 99;
  view_.take(switched_off());
  auto lost = switched_off();
  lost.outcome.host = "pi-1";
  view_.take(lost);
  view_.take(host);
  EXPECT_THAT(frame()[5], HasSubstr("▆ █"));
}

TEST_F(Watch, NeverTakesMoreLinesThanThereAre) {
  for (unsigned height = 5; height < 10; ++height) {
    EXPECT_LE(frame(height).size(), height) << height;
  }
  EXPECT_EQ(frame(6).back(), "… and 2 more hosts");
  EXPECT_EQ(frame(7).size(), 7U) << "all fit";
}

TEST_F(Watch, ANarrowTerminalHasRoomForFiguresOnly) {
  EXPECT_THAT(lines(view_.frame("", 24, {false, 100}))[2], HasSubstr("TREND"));
  const auto narrow = lines(view_.frame("", 24, {false, 99}));
  EXPECT_THAT(narrow[2], testing::Not(HasSubstr("TREND")));
  EXPECT_THAT(narrow[2], testing::MatchesRegex("HOST +STATUS +TEMP +CPU +LOAD +MEM +DISK +RX +TX +GPU +NOTE"));
}

TEST_F(Watch, AHostThatWasNotHeardOfYetSaysSo) {
  const WatchView fresh({"pi-9"});
  EXPECT_THAT(fresh.frame("", 24, {false, 200}), HasSubstr("pi-9  asking"));
}

}  // namespace
}  // namespace cef::report
