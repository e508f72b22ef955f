#include "cef/report/monitor.hpp"

#include <bit>

#include "monitor_parts.hpp"

namespace cef::report {

using core::Json;
using fleet::Status;
using operation::MonitorHost;
using probe::Metric;
using probe::MonitorFacts;

namespace {

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json bytes_or_null(const std::optional<core::Bytes>& value) {
  return value ? Json(value->count) : Json(nullptr);
}

Json temperature_json(const probe::TemperatureFacts& facts) {
  Json sensors = Json::array();
  for (const auto& sensor : facts.sensors) {
    sensors.push_back({{"name", sensor.name},
                       {"source", sensor.source},
                       {"celsius", sensor.celsius},
                       {"critical_celsius", or_null(sensor.critical_celsius)}});
  }
  Json json;
  json["celsius"] = facts.chosen ? Json(facts.sensors[*facts.chosen].celsius) : Json(nullptr);
  json["sensor"] = facts.chosen ? Json(facts.sensors[*facts.chosen].name) : Json(nullptr);
  json["why"] = facts.chosen_why;
  json["sensors"] = std::move(sensors);
  json["throttled_bits"] = or_null(facts.throttled_bits);
  json["throttled"] = facts.throttled;
  return json;
}

Json cpu_json(const probe::CpuFacts& facts) {
  Json json;
  json["model"] = facts.model;
  json["cores"] = facts.cores;
  json["load_1m"] = facts.load_1m;
  json["load_5m"] = facts.load_5m;
  json["load_15m"] = facts.load_15m;
  json["utilisation_percent"] = facts.utilisation_percent;
  json["core_utilisation_percent"] = facts.core_utilisation_percent;
  json["frequency_hertz"] = facts.frequency_mhz ? Json(*facts.frequency_mhz * 1e6) : Json(nullptr);
  return json;
}

Json memory_json(const probe::MemoryFacts& facts) {
  Json json;
  json["total_bytes"] = facts.total.count;
  json["available_bytes"] = facts.available.count;
  json["free_bytes"] = facts.free.count;
  json["buffers_bytes"] = facts.buffers.count;
  json["cached_bytes"] = facts.cached.count;
  json["used_percent"] = or_null(operation::used_percent(facts.available, facts.total));
  json["swap_total_bytes"] = facts.swap_total.count;
  json["swap_free_bytes"] = facts.swap_free.count;
  return json;
}

Json disks_json(const std::vector<probe::Disk>& disks) {
  Json json = Json::array();
  for (const auto& disk : disks) {
    json.push_back({{"mount", disk.mount},
                    {"device", disk.device},
                    {"type", disk.type},
                    {"size_bytes", disk.size.count},
                    {"used_bytes", disk.used.count},
                    {"available_bytes", disk.available.count},
                    {"used_percent", or_null(operation::used_percent(disk))},
                    {"inodes_used_percent", or_null(disk.inodes_used_percent)}});
  }
  return json;
}

Json interfaces_json(const std::vector<probe::Interface>& interfaces) {
  Json json = Json::array();
  for (const auto& one : interfaces) {
    json.push_back({{"name", one.name},
                    {"up", one.up},
                    {"address", one.address},
                    {"speed_mbit_per_s", or_null(one.speed_mbit_per_s)},
                    {"rx_bytes", one.rx_bytes},
                    {"tx_bytes", one.tx_bytes},
                    {"rx_bytes_per_s", one.rx_bytes_per_s},
                    {"tx_bytes_per_s", one.tx_bytes_per_s},
                    {"rx_errors", one.rx_errors},
                    {"tx_errors", one.tx_errors},
                    {"rx_dropped", one.rx_dropped},
                    {"tx_dropped", one.tx_dropped}});
  }
  return json;
}

const char* state_text(probe::GpuFacts::State state) {
  using State = probe::GpuFacts::State;
  return state == State::ok ? "ok" : state == State::broken ? "broken" : "none";
}

Json gpu_json(const probe::GpuFacts& facts) {
  Json gpus = Json::array();
  for (const auto& gpu : facts.gpus) {
    Json processes = Json::array();
    for (const auto& process : gpu.processes) {
      processes.push_back({{"pid", process.pid}, {"name", process.name}, {"memory_bytes", process.memory.count}});
    }
    gpus.push_back({{"index", gpu.index},
                    {"name", gpu.name},
                    {"driver", gpu.driver},
                    {"temperature_celsius", or_null(gpu.temperature_celsius)},
                    {"utilisation_percent", or_null(gpu.utilisation_percent)},
                    {"memory_used_bytes", bytes_or_null(gpu.memory_used)},
                    {"memory_total_bytes", bytes_or_null(gpu.memory_total)},
                    {"power_watts", or_null(gpu.power_watts)},
                    {"processes", std::move(processes)}});
  }
  return {{"state", state_text(facts.state)}, {"note", facts.note}, {"gpus", std::move(gpus)}};
}

Json alerts_json(const std::vector<operation::Alert>& alerts) {
  Json json = Json::array();
  for (const auto& alert : alerts) {
    json.push_back(
        {{"rule", alert.rule}, {"metric", alert.value_name}, {"value", alert.value}, {"limit", alert.limit}});
  }
  return json;
}

Table overview(const operation::FleetResult<MonitorHost>& result, probe::Metrics asked) {
  std::vector<Column> columns = {{"HOST"}, {"STATUS"}};
  const auto add = [&](Metric metric, std::vector<Column> more) {
    if (probe::has(asked, metric)) {
      columns.insert(columns.end(), more.begin(), more.end());
    }
  };
  add(Metric::temperature, {{"TEMP", Align::right}, {"SENSOR"}});
  add(Metric::cpu, {{"CPU", Align::right}, {"LOAD", Align::right}});
  add(Metric::memory, {{"MEM", Align::right}, {"SWAP", Align::right}});
  add(Metric::disk, {{"DISK", Align::right}});
  add(Metric::network, {{"RX", Align::right}, {"TX", Align::right}});
  add(Metric::gpu, {{"GPU", Align::right}});
  columns.push_back({"NOTE"});
  Table table(std::move(columns));
  for (const auto& host : result.hosts) {
    const MonitorFacts& facts = host.report.facts;
    std::vector<Cell> row = {host.outcome.host, monitor_status_cell(host)};
    const auto add_cells = [&](Metric metric, std::vector<Cell> cells) {
      if (probe::has(asked, metric)) {
        row.insert(row.end(), cells.begin(), cells.end());
      }
    };
    add_cells(Metric::temperature, {value_cell("temperature", facts), sensor_text(facts)});
    add_cells(Metric::cpu, {value_cell("cpu", facts), value_cell("load", facts)});
    add_cells(Metric::memory, {value_cell("memory", facts), value_cell("swap", facts)});
    add_cells(Metric::disk, {value_cell("disk", facts)});
    add_cells(Metric::network, {value_cell("rx", facts), value_cell("tx", facts)});
    add_cells(Metric::gpu, {gpu_cell(facts)});
    row.emplace_back(note_text(host));
    table.add_row(std::move(row));
  }
  return table;
}

std::string alerts_text(const operation::FleetResult<MonitorHost>& result, const Style& style) {
  std::string text;
  for (const auto& host : result.hosts) {
    for (const auto& alert : host.report.alerts) {
      const auto value = operation::find_monitor_value(alert.value_name);
      text += paint("alert", Colour::red, style) + ": " + host.outcome.host + ": " + alert.value_name + " is " +
              (value ? value_text(alert.value, (*value)->unit) : "") + " (" + alert.rule + ")\n";
    }
  }
  return text;
}

}  // namespace

Json host_json(const MonitorHost& host) {
  const MonitorFacts& facts = host.report.facts;
  const bool measured = facts.asked != 0;
  const auto asked = [&](Metric metric) { return probe::has(facts.asked, metric); };
  Json json;
  json["taken_at"] = measured ? Json(core::to_rfc3339(host.report.taken)) : Json(nullptr);
  json["interval_seconds"] = measured && facts.interval_seconds > 0 ? Json(facts.interval_seconds) : Json(nullptr);
  json["booted_at"] =
      facts.boot_time > 0
          ? Json(core::to_rfc3339(std::chrono::system_clock::time_point(std::chrono::seconds(facts.boot_time))))
          : Json(nullptr);
  json["temperature"] = facts.temperature ? temperature_json(*facts.temperature) : Json(nullptr);
  json["cpu"] = facts.cpu ? cpu_json(*facts.cpu) : Json(nullptr);
  json["memory"] = facts.memory ? memory_json(*facts.memory) : Json(nullptr);
  json["disks"] = asked(Metric::disk) ? disks_json(facts.disks) : Json(nullptr);
  json["network"] = asked(Metric::network) ? interfaces_json(facts.interfaces) : Json(nullptr);
  json["gpu"] = facts.gpu ? gpu_json(*facts.gpu) : Json(nullptr);
  json["alerts"] = alerts_json(host.report.alerts);
  return task_host_json(host.outcome, std::move(json));
}

Json sample_json(std::uint64_t sample, const MonitorHost& host) {
  Json event = {{"schema", "cef.monitor/1"}, {"event", "host"}, {"sample", sample}};
  event.update(host_json(host));
  return event;
}

std::string monitor_text(const operation::FleetResult<MonitorHost>& result, probe::Metrics asked, const Style& style) {
  const Table table =
      std::has_single_bit(asked) ? monitor_details(result, static_cast<Metric>(asked)) : overview(result, asked);
  return table.str(style) + alerts_text(result, style) + summary_text(summarise(result), style);
}

}  // namespace cef::report
