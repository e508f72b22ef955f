#include <algorithm>

#include "cef/report/monitor.hpp"
#include "monitor_parts.hpp"

namespace cef::report {

using operation::MonitorHost;
using operation::Unit;
using probe::Metric;
using probe::MonitorFacts;
using Rows = std::vector<std::vector<Cell>>;  ///< of one host, without its first two cells and the note

namespace {

struct Details {
  std::vector<Column> columns;
  Rows (*rows)(const MonitorFacts&);
};

Cell rate_cell(double bytes_per_s) {
  return value_text(bytes_per_s, Unit::bytes_per_s);
}

std::string errors_text(std::uint64_t rx, std::uint64_t tx) {
  return std::to_string(rx) + "/" + std::to_string(tx);
}

Rows temperature_rows(const MonitorFacts& facts) {
  Rows rows;
  for (std::size_t i = 0; facts.temperature && i < facts.temperature->sensors.size(); ++i) {
    const auto& sensor = facts.temperature->sensors[i];
    const bool chosen = facts.temperature->chosen == i;
    rows.push_back({printable(sensor.name), printable(sensor.source), celsius_cell(sensor.celsius),
                    sensor.critical_celsius ? value_text(*sensor.critical_celsius, Unit::celsius) : "-",
                    chosen ? "CPU: " + printable(facts.temperature->chosen_why) : ""});
  }
  if (rows.empty() && facts.temperature) {
    rows.push_back({"-", "-", "-", "-", or_dash(facts.temperature->chosen_why)});
  }
  return rows;
}

Rows cpu_rows(const MonitorFacts& facts) {
  if (!facts.cpu) {
    return {};
  }
  const probe::CpuFacts& cpu = *facts.cpu;
  std::string cores;
  for (const double percent : cpu.core_utilisation_percent) {
    cores += (cores.empty() ? "" : " ") + value_text(percent, Unit::percent);
  }
  return {{or_dash(cpu.model), std::to_string(cpu.cores), percent_cell(cpu.utilisation_percent),
           value_text(cpu.load_1m, Unit::plain) + " " + value_text(cpu.load_5m, Unit::plain) + " " +
               value_text(cpu.load_15m, Unit::plain),
           cpu.frequency_mhz ? value_text(*cpu.frequency_mhz / 1000, Unit::plain) + " GHz" : "-", or_dash(cores)}};
}

Rows memory_rows(const MonitorFacts& facts) {
  if (!facts.memory) {
    return {};
  }
  const probe::MemoryFacts& memory = *facts.memory;
  const core::Bytes swap_used{memory.swap_total.count - std::min(memory.swap_total, memory.swap_free).count};
  return {
      {core::to_human(memory.total), percent_cell(operation::used_percent(memory.available, memory.total)),
       core::to_human(memory.available), core::to_human(memory.free),
       core::to_human(core::Bytes{memory.buffers.count + memory.cached.count}),
       memory.swap_total.count > 0 ? core::to_human(swap_used) + " of " + core::to_human(memory.swap_total) : "none"}};
}

Rows disk_rows(const MonitorFacts& facts) {
  Rows rows;
  for (const auto& disk : facts.disks) {
    rows.push_back({printable(disk.mount), printable(disk.device), printable(disk.type), core::to_human(disk.size),
                    core::to_human(disk.used), core::to_human(disk.available),
                    percent_cell(operation::used_percent(disk)), percent_cell(disk.inodes_used_percent)});
  }
  return rows;
}

Rows network_rows(const MonitorFacts& facts) {
  Rows rows;
  for (const auto& one : facts.interfaces) {
    const bool faulty = one.rx_errors + one.tx_errors > 0;
    rows.push_back({printable(one.name),
                    one.up ? Cell("up") : Cell("down", Colour::dim),
                    or_dash(one.address),
                    one.speed_mbit_per_s ? std::to_string(*one.speed_mbit_per_s) + " Mbit/s" : "-",
                    rate_cell(one.rx_bytes_per_s),
                    rate_cell(one.tx_bytes_per_s),
                    core::to_human(core::Bytes{one.rx_bytes}),
                    core::to_human(core::Bytes{one.tx_bytes}),
                    {errors_text(one.rx_errors, one.tx_errors), faulty ? Colour::yellow : Colour::none},
                    errors_text(one.rx_dropped, one.tx_dropped)});
  }
  return rows;
}

std::string gpu_memory_text(const probe::Gpu& gpu) {
  if (!gpu.memory_used && !gpu.memory_total) {
    return "-";
  }
  return (gpu.memory_used ? core::to_human(*gpu.memory_used) : "?") +
         (gpu.memory_total ? " of " + core::to_human(*gpu.memory_total) : "");
}

Rows gpu_rows(const MonitorFacts& facts) {
  Rows rows;
  for (std::size_t i = 0; facts.gpu && i < facts.gpu->gpus.size(); ++i) {
    const probe::Gpu& gpu = facts.gpu->gpus[i];
    std::string processes;
    for (const auto& process : gpu.processes) {
      processes += (processes.empty() ? "" : ", ") + printable(process.name) + " (" + std::to_string(process.pid) +
                   (process.memory.count > 0 ? ", " + core::to_human(process.memory) : "") + ")";
    }
    rows.push_back({std::to_string(gpu.index), or_dash(gpu.name), or_dash(gpu.driver),
                    celsius_cell(gpu.temperature_celsius), percent_cell(gpu.utilisation_percent), gpu_memory_text(gpu),
                    gpu.power_watts ? value_text(*gpu.power_watts, Unit::plain) + " W" : "-", or_dash(processes)});
  }
  return rows;
}

Details details_of(Metric metric) {
  constexpr Align right = Align::right;
  switch (metric) {
    case Metric::temperature:
      return {{{"SENSOR"}, {"SOURCE"}, {"TEMP", right}, {"CRITICAL", right}, {"USED"}}, &temperature_rows};
    case Metric::cpu:
      return {{{"MODEL"}, {"CORES", right}, {"CPU", right}, {"LOAD 1 5 15"}, {"CLOCK", right}, {"BY CORE"}}, &cpu_rows};
    case Metric::memory:
      return {{{"TOTAL", right}, {"USED", right}, {"AVAILABLE", right}, {"FREE", right}, {"CACHE", right}, {"SWAP"}},
              &memory_rows};
    case Metric::disk:
      return {{{"MOUNT"},
               {"DEVICE"},
               {"TYPE"},
               {"SIZE", right},
               {"USED", right},
               {"AVAILABLE", right},
               {"USE", right},
               {"INODES", right}},
              &disk_rows};
    case Metric::network:
      return {{{"INTERFACE"},
               {"STATE"},
               {"ADDRESS"},
               {"SPEED", right},
               {"RX", right},
               {"TX", right},
               {"RX SINCE BOOT", right},
               {"TX SINCE BOOT", right},
               {"ERRORS RX/TX", right},
               {"DROPPED RX/TX", right}},
              &network_rows};
    case Metric::gpu:
      return {{{"GPU", right},
               {"NAME"},
               {"DRIVER"},
               {"TEMP", right},
               {"USE", right},
               {"MEMORY"},
               {"POWER", right},
               {"PROCESSES"}},
              &gpu_rows};
  }
  return {};
}

}  // namespace

Table monitor_details(const operation::FleetResult<MonitorHost>& result, Metric metric) {
  const Details details = details_of(metric);
  std::vector<Column> columns = {{"HOST"}, {"STATUS"}};
  columns.insert(columns.end(), details.columns.begin(), details.columns.end());
  columns.push_back({"NOTE"});
  Table table(columns);
  for (const auto& host : result.hosts) {
    Rows rows = details.rows(host.report.facts);
    if (rows.empty()) {
      rows.emplace_back(details.columns.size(), Cell("-"));
    }
    std::string note = note_text(host);
    for (auto& cells : rows) {
      std::vector<Cell> row = {host.outcome.host, monitor_status_cell(host)};
      row.insert(row.end(), cells.begin(), cells.end());
      row.emplace_back(std::exchange(note, {}));
      table.add_row(std::move(row));
    }
  }
  return table;
}

}  // namespace cef::report
