#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <set>
#include <utility>

#include "cef/report/monitor.hpp"

namespace cef::report {

using operation::MonitorHost;
using probe::MonitorFacts;

namespace {

using Cores = decltype(probe::CpuFacts::core_seconds_by_mode);
using Labels = std::vector<std::pair<const char*, std::string>>;

/// What is 1 and tells by its labels is a gauge, as with node_exporter: the older text format knows no type "info".
enum class Type { gauge, counter };

/// As the specification wants it: backslash, quote and line feed escaped. Other control characters and bad UTF-8 come
/// from a host and are made printable.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c == '\\' || c == '"' ? std::string{'\\', c} : std::string{c};
    }
  }
  return out;
}

std::string number(double value) {
  if (!std::isfinite(value)) {
    return std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  }
  std::array<char, 64> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

/// The samples of one host in one metric family.
class Samples {
 public:
  Samples(std::string& out, std::string name, std::string instance)
      : out_(out), name_(std::move(name)), instance_(std::move(instance)) {}

  void add(double value, const Labels& labels = {}) {
    out_ += name_ + "{instance=\"" + escaped(instance_) + '"';
    for (const auto& [key, text] : labels) {
      out_ += std::string(",") + key + "=\"" + escaped(text) + '"';
    }
    out_ += "} " + number(value) + "\n";
  }
  void add(std::uint64_t value, const Labels& labels = {}) { add(static_cast<double>(value), labels); }
  void add(core::Bytes value, const Labels& labels = {}) { add(value.count, labels); }
  template <class Number>
  void add(const std::optional<Number>& value, const Labels& labels = {}) {
    if (value) {
      add(*value, labels);
    }
  }

 private:
  std::string& out_;
  std::string name_;
  std::string instance_;
};

struct Family {
  const char* name;  ///< without _total
  Type type;
  const char* help;
  std::function<void(const MonitorHost&, Samples&)> samples;
};

Family memory_family(const char* name, const char* help, core::Bytes probe::MemoryFacts::*member) {
  return {name, Type::gauge, help, [member](const MonitorHost& host, Samples& out) {
            if (host.report.facts.memory) {
              out.add((*host.report.facts.memory).*member);
            }
          }};
}

/// `of` a disk: bytes, or a number that may be unknown.
template <class Of>
Family disk_family(const char* name, const char* help, Of of) {
  return {name, Type::gauge, help, [of](const MonitorHost& host, Samples& out) {
            for (const auto& disk : host.report.facts.disks) {
              out.add(of(disk), {{"device", disk.device}, {"fstype", disk.type}, {"mountpoint", disk.mount}});
            }
          }};
}

Family interface_family(const char* name, const char* help, std::uint64_t probe::Interface::*member) {
  return {name, Type::counter, help, [member](const MonitorHost& host, Samples& out) {
            for (const auto& one : host.report.facts.interfaces) {
              out.add(one.*member, {{"device", one.name}});
            }
          }};
}

template <class Of>
Family gpu_family(const char* name, const char* help, Of of) {
  return {name, Type::gauge, help, [of](const MonitorHost& host, Samples& out) {
            const auto& facts = host.report.facts.gpu;
            for (std::size_t i = 0; facts && i < facts->gpus.size(); ++i) {
              const probe::Gpu& gpu = facts->gpus[i];
              out.add(of(gpu), {{"index", std::to_string(gpu.index)}, {"name", gpu.name}});
            }
          }};
}

Family load_family(const char* name, const char* help, double probe::CpuFacts::*member) {
  return {name, Type::gauge, help, [member](const MonitorHost& host, Samples& out) {
            if (host.report.facts.cpu) {
              out.add((*host.report.facts.cpu).*member);
            }
          }};
}

std::optional<double> as_double(const std::optional<core::Bytes>& bytes) {
  return bytes ? std::optional(static_cast<double>(bytes->count)) : std::nullopt;
}

/// "hwmon1/temp1" as node_exporter's chip and sensor.
std::optional<Labels> hwmon_labels(const probe::TemperatureSensor& sensor) {
  const std::size_t slash = sensor.source.find('/');
  if (sensor.source.rfind("hwmon", 0) != 0 || slash == std::string::npos) {
    return std::nullopt;
  }
  return Labels{{"chip", sensor.source.substr(0, slash)}, {"sensor", sensor.source.substr(slash + 1)}};
}

/// "coretemp: Package id 0" is of the chip "coretemp".
std::size_t chip_name_size(const probe::TemperatureSensor& sensor) {
  return std::min(sensor.name.find(": "), sensor.name.size());
}

/// One for each chip, by which dashboards name it.
void add_chip_names(const MonitorHost& host, Samples& out) {
  const auto& facts = host.report.facts.temperature;
  std::set<std::string> told;
  for (std::size_t i = 0; facts && i < facts->sensors.size(); ++i) {
    const auto& sensor = facts->sensors[i];
    const auto labels = hwmon_labels(sensor);
    if (labels && told.insert(labels->front().second).second) {
      out.add(1.0, {labels->front(), {"chip_name", sensor.name.substr(0, chip_name_size(sensor))}});
    }
  }
}

void add_sensor_labels(const MonitorHost& host, Samples& out) {
  const auto& facts = host.report.facts.temperature;
  for (std::size_t i = 0; facts && i < facts->sensors.size(); ++i) {
    const auto& sensor = facts->sensors[i];
    const std::size_t end = chip_name_size(sensor);
    if (auto labels = hwmon_labels(sensor); labels && end < sensor.name.size()) {
      labels->emplace_back("label", sensor.name.substr(end + 2));
      out.add(1.0, *labels);
    }
  }
}

std::optional<Labels> zone_labels(const probe::TemperatureSensor& sensor) {
  constexpr std::string_view k_zone = "thermal_zone";
  if (sensor.source.rfind(k_zone, 0) != 0) {
    return std::nullopt;
  }
  return Labels{{"zone", sensor.source.substr(k_zone.size())}, {"type", sensor.name}};
}

template <class Labelled, class Of>
Family sensor_family(const char* name, const char* help, Labelled labelled, Of of) {
  return {name, Type::gauge, help, [labelled, of](const MonitorHost& host, Samples& out) {
            const auto& facts = host.report.facts.temperature;
            for (std::size_t i = 0; facts && i < facts->sensors.size(); ++i) {
              if (const auto labels = labelled(facts->sensors[i])) {
                out.add(of(facts->sensors[i]), *labels);
              }
            }
          }};
}

void add_host_families(std::vector<Family>& families) {
  families.push_back(
      {"cef_host_up", Type::gauge, "1 when cef could ask the host, else 0.",
       [](const MonitorHost& host, Samples& out) { out.add(host.outcome.status == fleet::Status::ok ? 1.0 : 0.0); }});
  families.push_back({"node_uname_info", Type::gauge, "nodename is the name in the inventory.",
                      [](const MonitorHost& host, Samples& out) {
                        if (host.report.facts.asked != 0) {
                          out.add(1.0, {{"nodename", host.outcome.host}});
                        }
                      }});
  families.push_back({"node_boot_time_seconds", Type::gauge, "Time of the last boot since 1970.",
                      [](const MonitorHost& host, Samples& out) {
                        if (host.report.facts.boot_time > 0) {
                          out.add(static_cast<double>(host.report.facts.boot_time));
                        }
                      }});
  families.push_back({"node_time_seconds", Type::gauge, "Time since 1970 by the host's clock.",
                      [](const MonitorHost& host, Samples& out) {
                        if (host.report.facts.time > 0) {
                          out.add(static_cast<double>(host.report.facts.time));
                        }
                      }});
}

void add_cpu_families(std::vector<Family>& families) {
  families.push_back({"node_cpu_seconds", Type::counter, "Seconds since boot in each mode.",
                      [](const MonitorHost& host, Samples& out) {
                        const auto& cpu = host.report.facts.cpu;
                        for (const auto& [core, modes] : cpu ? cpu->core_seconds_by_mode : Cores()) {
                          for (const auto& [mode, seconds] : modes) {
                            out.add(seconds, {{"cpu", std::to_string(core)}, {"mode", mode}});
                          }
                        }
                      }});
  families.push_back(load_family("node_load1", "Load of 1 minute.", &probe::CpuFacts::load_1m));
  families.push_back(load_family("node_load5", "Load of 5 minutes.", &probe::CpuFacts::load_5m));
  families.push_back(load_family("node_load15", "Load of 15 minutes.", &probe::CpuFacts::load_15m));
  families.push_back({"node_cpu_scaling_frequency_hertz", Type::gauge, "Frequency, the mean of the cores.",
                      [](const MonitorHost& host, Samples& out) {
                        if (host.report.facts.cpu && host.report.facts.cpu->frequency_mhz) {
                          out.add(*host.report.facts.cpu->frequency_mhz * 1e6, {{"cpu", "all"}});
                        }
                      }});
}

void add_memory_families(std::vector<Family>& families) {
  using probe::MemoryFacts;
  families.push_back(memory_family("node_memory_MemTotal_bytes", "Memory.", &MemoryFacts::total));
  families.push_back(memory_family("node_memory_MemAvailable_bytes", "Memory available.", &MemoryFacts::available));
  families.push_back(memory_family("node_memory_MemFree_bytes", "Memory free.", &MemoryFacts::free));
  families.push_back(memory_family("node_memory_Buffers_bytes", "Memory in buffers.", &MemoryFacts::buffers));
  families.push_back(memory_family("node_memory_Cached_bytes", "Memory in the page cache.", &MemoryFacts::cached));
  families.push_back(memory_family("node_memory_SwapTotal_bytes", "Swap.", &MemoryFacts::swap_total));
  families.push_back(memory_family("node_memory_SwapFree_bytes", "Swap free.", &MemoryFacts::swap_free));
}

void add_disk_families(std::vector<Family>& families) {
  families.push_back(disk_family("node_filesystem_size_bytes", "Size.", [](const probe::Disk& d) { return d.size; }));
  families.push_back(disk_family("node_filesystem_free_bytes", "Not in use.", [](const probe::Disk& d) {
    return core::Bytes{d.size.count - std::min(d.size, d.used).count};
  }));
  families.push_back(disk_family("node_filesystem_avail_bytes", "Available to users.",
                                 [](const probe::Disk& d) { return d.available; }));
  families.push_back(disk_family("node_filesystem_files", "Inodes.", [](const probe::Disk& d) { return d.inodes; }));
  families.push_back(
      disk_family("node_filesystem_files_free", "Inodes free.", [](const probe::Disk& d) { return d.inodes_free; }));
}

void add_network_families(std::vector<Family>& families) {
  using probe::Interface;
  families.push_back(interface_family("node_network_receive_bytes", "Bytes received.", &Interface::rx_bytes));
  families.push_back(interface_family("node_network_transmit_bytes", "Bytes sent.", &Interface::tx_bytes));
  families.push_back(interface_family("node_network_receive_errs", "Errors in receiving.", &Interface::rx_errors));
  families.push_back(interface_family("node_network_transmit_errs", "Errors in sending.", &Interface::tx_errors));
  families.push_back(interface_family("node_network_receive_drop", "Dropped in receiving.", &Interface::rx_dropped));
  families.push_back(interface_family("node_network_transmit_drop", "Dropped in sending.", &Interface::tx_dropped));
  families.push_back(
      {"node_network_up", Type::gauge, "1 when the interface is up.", [](const MonitorHost& host, Samples& out) {
         for (const auto& one : host.report.facts.interfaces) {
           out.add(one.up ? 1.0 : 0.0, {{"device", one.name}});
         }
       }});
  families.push_back({"node_network_speed_bytes", Type::gauge, "Speed of the link in bytes per second.",
                      [](const MonitorHost& host, Samples& out) {
                        for (const auto& one : host.report.facts.interfaces) {
                          if (one.speed_mbit_per_s) {
                            out.add(static_cast<double>(*one.speed_mbit_per_s) * 125'000, {{"device", one.name}});
                          }
                        }
                      }});
}

void add_temperature_families(std::vector<Family>& families) {
  const auto celsius = [](const probe::TemperatureSensor& s) { return std::optional(s.celsius); };
  families.push_back(sensor_family("node_hwmon_temp_celsius", "Temperature.", &hwmon_labels, celsius));
  families.push_back(sensor_family("node_hwmon_temp_crit_celsius", "Critical temperature.", &hwmon_labels,
                                   [](const probe::TemperatureSensor& s) { return s.critical_celsius; }));
  families.push_back({"node_hwmon_chip_names", Type::gauge, "Always 1: the name of a chip.", &add_chip_names});
  families.push_back({"node_hwmon_sensor_label", Type::gauge, "Always 1: the label of a sensor.", &add_sensor_labels});
  families.push_back(sensor_family("node_thermal_zone_temp", "Temperature in degrees Celsius.", &zone_labels, celsius));
  families.push_back({"cef_temperature_celsius", Type::gauge, "Temperature of the CPU and the sensor it is from.",
                      [](const MonitorHost& host, Samples& out) {
                        const auto& facts = host.report.facts.temperature;
                        if (facts && facts->chosen) {
                          const auto& sensor = facts->sensors[*facts->chosen];
                          out.add(sensor.celsius, {{"sensor", sensor.name}});
                        }
                      }});
  families.push_back({"cef_throttled_bits", Type::gauge, "What a Raspberry Pi's vcgencmd get_throttled says.",
                      [](const MonitorHost& host, Samples& out) {
                        const auto& facts = host.report.facts.temperature;
                        if (facts && facts->throttled_bits) {
                          out.add(static_cast<double>(*facts->throttled_bits));
                        }
                      }});
}

void add_gpu_families(std::vector<Family>& families) {
  using probe::Gpu;
  families.push_back(gpu_family("nvidia_smi_temperature_gpu", "Temperature in degrees Celsius.",
                                [](const Gpu& gpu) { return gpu.temperature_celsius; }));
  families.push_back(gpu_family("nvidia_smi_utilization_gpu_ratio", "Share of time at work, 0 to 1.", [](const Gpu& g) {
    return g.utilisation_percent ? std::optional(*g.utilisation_percent / 100) : std::nullopt;
  }));
  families.push_back(gpu_family("nvidia_smi_memory_used_bytes", "Memory in use.",
                                [](const Gpu& gpu) { return as_double(gpu.memory_used); }));
  families.push_back(gpu_family("nvidia_smi_memory_total_bytes", "Memory.",
                                [](const Gpu& gpu) { return as_double(gpu.memory_total); }));
  families.push_back(
      gpu_family("nvidia_smi_power_draw_watts", "Power.", [](const Gpu& gpu) { return gpu.power_watts; }));
}

}  // namespace

std::string openmetrics_text(const operation::FleetResult<MonitorHost>& result) {
  std::vector<Family> families;
  add_host_families(families);
  add_cpu_families(families);
  add_memory_families(families);
  add_disk_families(families);
  add_network_families(families);
  add_temperature_families(families);
  add_gpu_families(families);
  std::string out;
  for (const auto& family : families) {
    const std::string name = family.name;
    std::string samples;
    for (const auto& host : result.hosts) {
      Samples of_host(samples, name + (family.type == Type::counter ? "_total" : ""), host.outcome.host);
      family.samples(host, of_host);
    }
    if (!samples.empty()) {
      const char* type = family.type == Type::counter ? "counter" : "gauge";
      out += "# TYPE " + name + " " + type + "\n# HELP " + name + " " + family.help + "\n" + samples;
    }
  }
  return out + "# EOF\n";
}

}  // namespace cef::report
