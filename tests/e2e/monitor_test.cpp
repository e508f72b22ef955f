// cef monitor against nodes with sensors, GPUs that work and that do not, and the history they leave.
#include <cstdlib>
#include <regex>
#include <thread>

#include <gmock/gmock.h>

#include "fleet_fixture.hpp"

namespace cef::e2e {
namespace {

using testing::HasSubstr;

class MonitorTest : public Fleet {
 protected:
  void TearDown() override {
    if (is_up()) {
      for (const char* node : {"pi-1", "pi-2"}) {
        const Outcome healed = fleet(std::string("fault ") + node + " heal");
        ASSERT_EQ(healed.code, 0) << healed.err;
      }
    }
  }
  static std::vector<core::Json> events(const std::string& text) {
    std::vector<core::Json> all;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
      all.push_back(core::Json::parse(line));
    }
    return all;
  }
  static std::string statuses(const std::vector<core::Json>& all, const std::string& name) {
    std::string text;
    for (const auto& event : all) {
      if (event.value("host", "") == name) {
        text += (text.empty() ? "" : " ") + event["status"].get<std::string>();
      }
    }
    return text;
  }
  static std::string database() { return state() / "history.db"; }
};

TEST_F(MonitorTest, EverythingOfEveryNodeInOneRoundTrip) {
  const Outcome outcome = cef({"monitor", "all", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  const auto document = outcome.json();
  for (const char* name : {"pi-1", "pi-2", "gpu-1", "gpu-2"}) {
    const auto node = host(document, name);
    EXPECT_GT(node["cpu"]["cores"], 0) << name;
    EXPECT_EQ(node["cpu"]["core_utilisation_percent"].size(), node["cpu"]["cores"]) << name;
    EXPECT_GT(node["memory"]["total_bytes"], 0) << name;
    EXPECT_EQ(node["disks"][0]["mount"], "/") << name;
    EXPECT_EQ(node["network"][0]["address"].get<std::string>().rfind("10.99.0.", 0), 0U) << name;
    EXPECT_GT(node["network"][0]["rx_bytes"], 0) << name;
  }
  const auto pi = host(document, "pi-1");
  EXPECT_DOUBLE_EQ(pi["temperature"]["celsius"], 47.225);
  EXPECT_EQ(pi["temperature"]["throttled"], core::Json::array({"under-voltage since boot", "throttled since boot"}));
  EXPECT_EQ(pi["gpu"]["state"], "none");
  EXPECT_THAT(pi["gpu"]["note"].get<std::string>(), HasSubstr("nvidia-smi is not installed"));
}

TEST_F(MonitorTest, AHotNodeIsSeenAndAlertsEndWithTwo) {
  ASSERT_EQ(fleet("heat pi-1 91000").code, 0);
  Outcome outcome = cef({"monitor", "rpi", "temperature", "--alert", "temperature>80", "--json"});
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  const auto pi = host(outcome.json(), "pi-1");
  EXPECT_EQ(pi["status"], "ok");
  EXPECT_EQ(pi["temperature"]["celsius"], 91.0);
  EXPECT_EQ(pi["alerts"],
            core::Json::parse(R"([{"rule":"temperature>80","metric":"temperature","value":91.0,"limit":80.0}])"));
  EXPECT_EQ(host(outcome.json(), "pi-2")["alerts"], core::Json::array());
  outcome = cef({"monitor", "rpi", "--alert", "temperature>80"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.out, HasSubstr("alert: pi-1: temperature is 91.0°C (temperature>80)\n"));
  EXPECT_EQ(cef({"monitor", "pi-2", "--alert", "temperature>80"}).code, 0);
  ASSERT_EQ(fleet("fault pi-2 off").code, 0);
  EXPECT_EQ(cef({"monitor", "rpi", "temperature", "--alert", "temperature>80", "--connect-timeout", "2s"}).code, 6)
      << "an alert and a host that is off";
}

TEST_F(MonitorTest, AGpuIsReadAndABrokenDriverIsNoFailure) {
  const Outcome outcome = cef({"monitor", "gpu", "gpu", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  const auto well = host(outcome.json(), "gpu-1")["gpu"];
  EXPECT_EQ(well["state"], "ok");
  EXPECT_EQ(well["gpus"][0]["name"], "NVIDIA GeForce RTX 3080 Ti");
  EXPECT_EQ(well["gpus"][0]["memory_total_bytes"], 12288LL * 1024 * 1024);
  EXPECT_EQ(well["gpus"][0]["processes"][0]["pid"], 4242);
  const auto broken = host(outcome.json(), "gpu-2");
  EXPECT_EQ(broken["status"], "ok");
  EXPECT_EQ(broken["gpu"]["state"], "broken");
  EXPECT_THAT(broken["gpu"]["note"].get<std::string>(), HasSubstr("Driver/library version mismatch"));
  const Outcome table = cef({"monitor", "gpu"});
  EXPECT_THAT(table.out, HasSubstr("Failed to initialize NVML: Driver/library version mismatch"));
}

TEST_F(MonitorTest, OpenMetricsOfTheFleet) {
  ASSERT_EQ(fleet("fault pi-2 off").code, 0);
  const Outcome outcome = cef({"monitor", "all", "--openmetrics", "--connect-timeout", "2s"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_TRUE(outcome.out.ends_with("# EOF\n"));
  EXPECT_THAT(outcome.out, HasSubstr("cef_host_up{instance=\"pi-1\"} 1\ncef_host_up{instance=\"pi-2\"} 0\n"));
  EXPECT_TRUE(std::regex_search(
      outcome.out, std::regex("\nnode_cpu_seconds_total\\{instance=\"gpu-1\",cpu=\"0\",mode=\"idle\"\\} [0-9]")));
  EXPECT_THAT(outcome.out, HasSubstr("nvidia_smi_temperature_gpu{instance=\"gpu-1\",index=\"0\""));
  EXPECT_THAT(outcome.err, HasSubstr("cef: pi-2: "));
}

TEST_F(MonitorTest, AStreamShowsAHostGoAndComeBackOverOneConnectionEach) {
  // Not by fleet(): it is no matter for two threads.
  std::thread killer([] {
    std::this_thread::sleep_for(std::chrono::seconds(7));
    std::system(("CEF_FLEET_STATE=" + state().string() + " " CEF_SOURCE_DIR "/tests/fleet/fleet fault pi-1 killsession")
                    .c_str());
  });
  const Outcome outcome =
      cef({"monitor", "rpi", "memory", "--interval", "2s", "--count", "8", "--jsonl", "--connect-timeout", "3s"});
  killer.join();
  const auto all = events(outcome.out);
  EXPECT_EQ(statuses(all, "pi-2"), "ok ok ok ok ok ok ok ok") << outcome.out;
  EXPECT_THAT(statuses(all, "pi-1"), testing::StartsWith("ok "));
  EXPECT_THAT(statuses(all, "pi-1"), HasSubstr("ok unreachable ok")) << outcome.out;
  EXPECT_THAT(statuses(all, "pi-1"), testing::EndsWith("ok ok"));
  EXPECT_EQ(all.back()["event"], "summary");
  EXPECT_EQ(all.back()["samples"], 8);
  EXPECT_EQ(outcome.code, 0) << "all hosts answered in the end";
}

TEST_F(MonitorTest, SavedSamplesAreAHistory) {
  ASSERT_EQ(fleet("heat pi-1 60000").code, 0);
  ASSERT_EQ(cef({"monitor", "rpi", "--save=" + database()}).code, 0);
  ASSERT_EQ(fleet("heat pi-1 70000").code, 0);
  ASSERT_EQ(cef({"monitor", "rpi", "temperature", "cpu", "--save=" + database()}).code, 0);
  const std::string program = CEF_BINARY_DIR "/cef monitor history --file " + database();
  Outcome outcome = shell(program + " --host pi-1 --metric temperature --json");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto series = outcome.json()["series"][0];
  EXPECT_EQ(series["min"], 60.0);
  EXPECT_EQ(series["max"], 70.0);
  EXPECT_EQ(series["samples"], 2);
  const std::string plot = state() / "plot.svg";
  outcome = shell(program + " --svg " + plot);
  EXPECT_THAT(outcome.out, HasSubstr("temperature  pi-1"));
  EXPECT_THAT(shell("cat " + plot).out, HasSubstr("temperature in °C"));
  EXPECT_EQ(shell(program + " --keep 1ms").code, 0);
  EXPECT_THAT(shell(program).out, HasSubstr("no samples of these since"));
}

}  // namespace
}  // namespace cef::e2e
