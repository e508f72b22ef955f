#pragma once

#include "cef/operation/monitor.hpp"

namespace cef::report {

/// A Raspberry Pi that was throttled, a server with two GPUs, one with a broken driver, a board that is off.
inline operation::MonitorHost raspberry_pi() {
  operation::MonitorHost host;
  host.outcome = {"pi-1", fleet::Status::ok, {}, std::chrono::milliseconds(80), std::chrono::milliseconds(1250)};
  host.report.taken = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'790'000'000'500));
  auto& facts = host.report.facts;
  facts.asked = probe::k_all_metrics;
  facts.boot_time = 1'789'900'000;
  facts.time = 1'790'000'000;
  facts.interval_seconds = 1.01;
  facts.temperature =
      probe::TemperatureFacts{{{"cpu-thermal", "thermal_zone0", 81.25, 110.0}, {"rp1_adc", "hwmon1/temp1", 44.5, {}}},
                              0,
                              "the thermal zone of the CPU",
                              0x50000,
                              {"under-voltage since boot", "throttled since boot"}};
  facts.cpu =
      probe::CpuFacts{"Cortex-A72", 2, 0.52, 0.58, 0.5, 62.5, {25, 100}, 1500, {{"idle", 90}, {"user", 30}}, {}};
  facts.cpu->core_seconds_by_mode = {{0, {{"idle", 50}, {"user", 10}}}, {1, {{"idle", 40}, {"user", 20}}}};
  facts.memory = probe::MemoryFacts{{4'000'000'000}, {1'000'000'000}, {500'000'000}, {1'000'000},
                                    {600'000'000},   {100'000'000},   {25'000'000}};
  facts.disks = {{"/", "/dev/mmcblk0p2", "ext4", {32'000'000'000}, {28'500'000'000}, {1'500'000'000}, 12.5}};
  facts.interfaces = {
      {"eth0", true, 1000, 2000, 3, 4, 5, 6, 1'572'864, 512, 1000, "10.0.0.11"},
      {"wlan0", false, 0, 0, 0, 0, 0, 0, 0, 0, {}, ""},
  };
  facts.gpu = probe::GpuFacts{probe::GpuFacts::State::none, "no NVIDIA driver (nvidia-smi is not installed)", {}};
  host.report.alerts = {{"temperature>80", "temperature", 81.25, 80}};
  return host;
}

inline operation::MonitorHost gpu_server() {
  operation::MonitorHost host = raspberry_pi();
  host.outcome.host = "gpu-1";
  host.report.alerts.clear();
  auto& facts = host.report.facts;
  facts.temperature = probe::TemperatureFacts{};
  facts.temperature->chosen_why = "the node has no temperature sensor";
  facts.cpu->utilisation_percent = 5;
  facts.disks[0].mount = "/mnt/a \"b\"\\c\nd";
  facts.gpu = probe::GpuFacts{probe::GpuFacts::State::ok, "", {}};
  facts.gpu->gpus = {{0,
                      "RTX 3080 Ti",
                      "550.54.14",
                      64,
                      87,
                      301.5,
                      core::Bytes{6'000'000'000},
                      core::Bytes{12'000'000'000},
                      {{4242, "python3", {5'900'000'000}}}},
                     {1, "Orin", "", {}, {}, {}, {}, {}, {}}};
  return host;
}

inline operation::MonitorHost broken_gpu_server() {
  operation::MonitorHost host = gpu_server();
  host.outcome.host = "gpu-2";
  host.report.facts.gpu = probe::GpuFacts{
      probe::GpuFacts::State::broken, "nvidia-smi: Failed to initialize NVML: Driver/library version mismatch", {}};
  return host;
}

inline operation::MonitorHost switched_off() {
  operation::MonitorHost host;
  host.outcome.host = "pi-2";
  host.outcome.status = fleet::Status::unreachable;
  host.outcome.error = core::Error{core::ErrorCode::unreachable, "10.0.0.12 port 22 did not answer", {}};
  return host;
}

inline operation::FleetResult<operation::MonitorHost> sample_fleet() {
  operation::FleetResult<operation::MonitorHost> result;
  result.started = std::chrono::system_clock::time_point(std::chrono::seconds(1'790'000'000));
  result.elapsed = std::chrono::milliseconds(1300);
  result.hosts = {raspberry_pi(), switched_off(), gpu_server(), broken_gpu_server()};
  return result;
}

}  // namespace cef::report
