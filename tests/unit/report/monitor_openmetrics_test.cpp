// A parser that holds the output to OpenMetrics 1.0, https://prometheus.io/docs/specs/om/open_metrics_spec/, as far as
// the types that cef writes need it.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "cef/core/file.hpp"
#include "cef/report/monitor.hpp"
#include "monitor_samples.hpp"

namespace cef::report {
namespace {

struct Sample {
  std::map<std::string, std::string> labels;
  double value = 0;
};

struct Exposition {
  std::map<std::string, std::string> types;            ///< by family
  std::map<std::string, std::vector<Sample>> samples;  ///< by the name on the line
  std::vector<std::string> faults;
};

class Parser {
 public:
  Exposition parse(const std::string& text) {
    if (!text.ends_with("\n")) {
      fault("no line feed at the end");
    }
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
      ++number_;
      if (ended_) {
        fault("text after # EOF");
      } else if (line == "# EOF") {
        ended_ = true;
      } else if (line.rfind("# ", 0) == 0) {
        descriptor(line);
      } else {
        sample(line);
      }
    }
    if (!ended_) {
      fault("no # EOF");
    }
    return std::move(out_);
  }

 private:
  void fault(const std::string& what) { out_.faults.push_back("line " + std::to_string(number_) + ": " + what); }

  void descriptor(const std::string& line) {
    static const std::regex k_type("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (gauge|counter|info)");
    static const std::regex k_help("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (([^\\\\\"]|\\\\[\\\\n\"])*)");
    std::smatch match;
    if (std::regex_match(line, match, k_type)) {
      family_ = match[1];
      if (!out_.types.emplace(family_, match[2]).second) {
        fault("a second TYPE of " + family_ + ": its samples are not together");
      }
      if (match[2] == "counter" && family_.ends_with("_total")) {
        fault("the family of a counter has no _total");
      }
      helped_ = false;
    } else if (std::regex_match(line, match, k_help)) {
      if (match[1] != family_ || helped_) {
        fault("HELP of another family, or twice");
      }
      helped_ = true;
    } else {
      fault("neither TYPE nor HELP: " + line);
    }
  }

  void sample(const std::string& line) {
    static const std::regex k_line("([a-zA-Z_:][a-zA-Z0-9_:]*)\\{(.*)\\} ([-+.0-9eE]+|NaN|[-+]Inf)");
    std::smatch match;
    if (!std::regex_match(line, match, k_line)) {
      fault("not a sample: " + line);
      return;
    }
    const std::string name = match[1];
    const std::string& type = out_.types[family_];
    const std::string suffix = type == "counter" ? "_total" : type == "info" ? "_info" : "";
    if (name != family_ + suffix) {
      fault(name + " does not belong to " + family_);
    }
    Sample one;
    one.value = std::strtod(match[3].str().c_str(), nullptr);
    labels(match[2], one);
    if (type == "counter" && one.value < 0) {
      fault("a counter below 0");
    }
    if (type == "info" && one.value != 1) {
      fault("an info that is not 1");
    }
    if (!seen_.insert(name + match[2].str()).second) {
      fault("the same labels twice: " + line);
    }
    out_.samples[name].push_back(std::move(one));
  }

  void labels(std::string text, Sample& into) {
    static const std::regex k_label("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\\\\\"\n]|\\\\[\\\\n\"])*)\"(,(?=.)|$)");
    std::smatch match;
    while (!text.empty()) {
      if (!std::regex_search(text, match, k_label, std::regex_constants::match_continuous)) {
        fault("not a label: " + text);
        return;
      }
      if (!into.labels.emplace(match[1], unescaped(match[2])).second) {
        fault("a label twice");
      }
      text = match.suffix();
    }
  }

  static std::string unescaped(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\') {
        ++i;
        out += text[i] == 'n' ? '\n' : text[i];
      } else {
        out += text[i];
      }
    }
    return out;
  }

  Exposition out_;
  std::string family_;
  bool helped_ = false;
  bool ended_ = false;
  int number_ = 0;
  std::set<std::string> seen_;
};

const Sample* find(const Exposition& exposition, const std::string& name,
                   const std::map<std::string, std::string>& labels) {
  const auto samples = exposition.samples.find(name);
  if (samples == exposition.samples.end()) {
    return nullptr;
  }
  for (const auto& sample : samples->second) {
    if (std::includes(sample.labels.begin(), sample.labels.end(), labels.begin(), labels.end())) {
      return &sample;
    }
  }
  return nullptr;
}

TEST(OpenMetricsParser, FindsFaults) {
  const std::vector<const char*> bad = {
      "# EOF",
      "# TYPE a gauge\na{x=\"1\"} 1\n",
      "# TYPE a_total counter\n# EOF\n",
      "# TYPE a counter\na{x=\"1\"} 1\n# EOF\n",
      "# TYPE a gauge\na{x=\"a\"b\"} 1\n# EOF\n",
      "# TYPE a gauge\na{x=\"1\"} 1\na{x=\"1\"} 2\n# EOF\n",
      "# TYPE a gauge\na{x=\"1\"} one\n# EOF\n",
      "# TYPE a gauge\n# TYPE b gauge\n# TYPE a gauge\n# EOF\n",
      "# EOF\nmore\n",
  };
  for (const char* text : bad) {
    EXPECT_FALSE(Parser().parse(text).faults.empty()) << text;
  }
}

TEST(OpenMetrics, IsValidAndHasTheNamesOfNodeExporter) {
  const std::string text = openmetrics_text(sample_fleet());
  const Exposition found = Parser().parse(text);
  EXPECT_EQ(found.faults, std::vector<std::string>{});
  struct Want {
    const char* name;
    std::map<std::string, std::string> labels;
    double value;
  };
  const std::vector<Want> wanted = {
      {"cef_host_up", {{"instance", "pi-1"}}, 1},
      {"cef_host_up", {{"instance", "pi-2"}}, 0},
      {"node_uname_info", {{"nodename", "gpu-1"}}, 1},
      {"node_boot_time_seconds", {{"instance", "pi-1"}}, 1'789'900'000},
      {"node_time_seconds", {{"instance", "pi-1"}}, 1'790'000'000},
      {"node_cpu_seconds_total", {{"instance", "pi-1"}, {"cpu", "1"}, {"mode", "user"}}, 20},
      {"node_load15", {{"instance", "pi-1"}}, 0.5},
      {"node_memory_MemTotal_bytes", {{"instance", "pi-1"}}, 4e9},
      {"node_memory_MemAvailable_bytes", {{"instance", "pi-1"}}, 1e9},
      {"node_memory_SwapFree_bytes", {{"instance", "pi-1"}}, 25e6},
      {"node_filesystem_size_bytes", {{"device", "/dev/mmcblk0p2"}, {"fstype", "ext4"}, {"mountpoint", "/"}}, 32e9},
      {"node_filesystem_free_bytes", {{"instance", "pi-1"}}, 3.5e9},
      {"node_filesystem_avail_bytes", {{"instance", "gpu-1"}, {"mountpoint", "/mnt/a \"b\"\\c\nd"}}, 1.5e9},
      {"node_network_receive_bytes_total", {{"instance", "pi-1"}, {"device", "eth0"}}, 1000},
      {"node_network_transmit_errs_total", {{"instance", "pi-1"}, {"device", "eth0"}}, 4},
      {"node_network_receive_drop_total", {{"instance", "pi-1"}, {"device", "eth0"}}, 5},
      {"node_network_speed_bytes", {{"instance", "pi-1"}, {"device", "eth0"}}, 125e6},
      {"node_network_up", {{"instance", "pi-1"}, {"device", "wlan0"}}, 0},
      {"node_thermal_zone_temp", {{"instance", "pi-1"}, {"zone", "0"}, {"type", "cpu-thermal"}}, 81.25},
      {"node_hwmon_temp_celsius", {{"instance", "pi-1"}, {"chip", "hwmon1"}, {"sensor", "temp1"}}, 44.5},
      {"cef_throttled_bits", {{"instance", "pi-1"}}, 0x50000},
      {"nvidia_smi_temperature_gpu", {{"instance", "gpu-1"}, {"index", "0"}}, 64},
      {"nvidia_smi_utilization_gpu_ratio", {{"instance", "gpu-1"}, {"name", "RTX 3080 Ti"}}, 0.87},
      {"nvidia_smi_memory_used_bytes", {{"instance", "gpu-1"}}, 6e9},
      {"nvidia_smi_power_draw_watts", {{"instance", "gpu-1"}}, 301.5},
  };
  for (const auto& want : wanted) {
    const Sample* sample = find(found, want.name, want.labels);
    ASSERT_NE(sample, nullptr) << want.name << "\n" << text;
    EXPECT_DOUBLE_EQ(sample->value, want.value) << want.name;
  }
  EXPECT_EQ(find(found, "node_load1", {{"instance", "pi-2"}}), nullptr) << "nothing is made up for a host that is off";
  EXPECT_EQ(find(found, "nvidia_smi_power_draw_watts", {{"index", "1"}}), nullptr);
}

TEST(OpenMetrics, NamesChipsSensorsAndInodesAsDashboardsAskForThem) {
  auto fleet = sample_fleet();
  probe::MonitorFacts& facts = fleet.hosts.front().report.facts;
  facts.temperature->sensors = {{"coretemp: Package id 0", "hwmon2/temp1", 51.0, 100.0},
                                {"coretemp: Core 0", "hwmon2/temp2", 49.0, 100.0},
                                {"nvme", "hwmon0/temp1", 38.85, {}}};
  facts.disks.front().inodes = 1000;
  facts.disks.front().inodes_free = 900;
  const Exposition found = Parser().parse(openmetrics_text(fleet));
  EXPECT_EQ(found.faults, std::vector<std::string>{});
  const auto there = [&](const char* name, const std::map<std::string, std::string>& labels) {
    return find(found, name, labels) != nullptr;
  };
  EXPECT_TRUE(there("node_hwmon_chip_names", {{"chip", "hwmon2"}, {"chip_name", "coretemp"}}));
  EXPECT_TRUE(there("node_hwmon_chip_names", {{"chip", "hwmon0"}, {"chip_name", "nvme"}}));
  EXPECT_TRUE(there("node_hwmon_sensor_label", {{"chip", "hwmon2"}, {"sensor", "temp1"}, {"label", "Package id 0"}}));
  EXPECT_FALSE(there("node_hwmon_sensor_label", {{"chip", "hwmon0"}}));
  EXPECT_EQ(find(found, "node_hwmon_temp_crit_celsius", {{"sensor", "temp2"}})->value, 100);
  EXPECT_EQ(find(found, "node_filesystem_files", {{"mountpoint", "/"}})->value, 1000);
  EXPECT_EQ(find(found, "node_filesystem_files_free", {{"mountpoint", "/"}})->value, 900);
}

TEST(OpenMetrics, IsTheGoldenFile) {
  const std::filesystem::path path = std::filesystem::path(CEF_SOURCE_DIR) / "tests" / "golden" / "monitor.openmetrics";
  const std::string text = openmetrics_text(sample_fleet());
  if (std::getenv("CEF_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
  }
  EXPECT_EQ(text, core::read_file(path, core::operator""_MiB(1)).value_or(""));
}

TEST(OpenMetrics, OfNoHostsIsValid) {
  EXPECT_EQ(openmetrics_text({}), "# EOF\n");
}

TEST(OpenMetrics, HostileTextIsEscaped) {
  auto result = sample_fleet();
  result.hosts[0].report.facts.interfaces[0].name = "a\"} 1\nnode_load1{x=\"\\";
  result.hosts[0].report.facts.temperature->sensors[0].name = "\x1b\xff{},=";
  const Exposition found = Parser().parse(openmetrics_text(result));
  EXPECT_EQ(found.faults, std::vector<std::string>{});
  EXPECT_NE(find(found, "node_network_up", {{"device", "a\"} 1\nnode_load1{x=\"\\"}}), nullptr);
}

}  // namespace
}  // namespace cef::report
