#include <algorithm>
#include <cstdint>

#include "parts.hpp"

namespace cef::probe {

namespace {

constexpr std::uint64_t k_mebi = 1024 * 1024;
constexpr std::string_view k_reset = "[GPU requires reset]";

struct Row {
  Gpu gpu;
  std::string bus;
  bool needs_reset = false;
  bool unknown_error = false;
};

std::optional<core::Bytes> mebibytes(std::string_view text) {
  const auto value = number<std::uint64_t>(text);
  return value && *value < (1ULL << 32U) ? std::optional(core::Bytes{*value * k_mebi}) : std::nullopt;
}

/// "[Not Supported]", "[N/A]" and the like are no name.
std::string name_or_nothing(std::string_view text) {
  text = trimmed(text);
  return text.starts_with('[') || text == "N/A" ? std::string() : std::string(text);
}

/// index, name, driver, temperature, utilisation, memory used, memory total, power[, bus]
std::optional<Row> gpu_row(std::string_view line) {
  constexpr std::size_t k_columns = 8;
  const auto columns = fields(line, ',');
  const auto index = number<unsigned>(columns[0]);
  if (!index || columns.size() < k_columns) {
    return std::nullopt;
  }
  Row row;
  row.gpu.index = *index;
  row.gpu.name = name_or_nothing(columns[1]);
  row.gpu.driver = name_or_nothing(columns[2]);
  row.gpu.temperature_celsius = number<double>(columns[3]);
  row.gpu.utilisation_percent = number<double>(columns[4]);
  row.gpu.memory_used = mebibytes(columns[5]);
  row.gpu.memory_total = mebibytes(columns[6]);
  row.gpu.power_watts = number<double>(columns[7]);
  row.bus = columns.size() > k_columns ? std::string(trimmed(columns[k_columns])) : "";
  row.needs_reset = line.find(k_reset) != std::string_view::npos;
  row.unknown_error = line.find("[Unknown Error]") != std::string_view::npos;
  return row;
}

/// pid, name, memory, bus; the name may have commas in it. Without a bus the process belongs to the only GPU.
void put_process(std::string_view line, std::vector<Row>& rows) {
  auto columns = fields(line, ',');
  const auto pid = number<std::uint64_t>(columns[0]);
  if (!pid || columns.size() < 3) {
    return;
  }
  std::string_view bus;
  if (columns.size() > 3 && std::count(columns.back().begin(), columns.back().end(), ':') == 2) {
    bus = trimmed(columns.back());
    columns.pop_back();
  }
  const auto owner = std::find_if(rows.begin(), rows.end(), [bus](const Row& row) { return row.bus == bus; });
  if (owner == rows.end() && rows.size() != 1) {
    return;
  }
  const char* name_begin = columns[1].data();
  const char* name_end = columns[columns.size() - 2].data() + columns[columns.size() - 2].size();
  const std::string_view name(name_begin, static_cast<std::size_t>(name_end - name_begin));
  GpuProcess process{*pid, std::string(trimmed(name)), mebibytes(columns.back()).value_or(core::Bytes{})};
  (owner == rows.end() ? rows.front() : *owner).gpu.processes.push_back(std::move(process));
}

struct Machine {
  std::string nvidia;  ///< the first NVIDIA GPU on the PCI bus: "0000:01:00.0"
  std::string amd;
  std::string module;  ///< the version of the loaded driver
};

/// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May …" → "535.183.01"
std::string module_version(std::string_view line) {
  for (const auto word : words(line)) {
    if (word.find('.') != std::string_view::npos && word.find_first_not_of("0123456789.") == std::string_view::npos) {
      return std::string(word);
    }
  }
  return {};
}

Machine machine(const Lines& lines) {
  Machine result;
  for (const auto& line : lines) {
    if (const auto pci = after(line, "pci ")) {
      const auto parts = words(*pci);
      if (parts.size() == 2 && parts[1] == "0x10de" && result.nvidia.empty()) {
        result.nvidia = std::string(parts[0]);
      } else if (parts.size() == 2 && parts[1] == "0x1002" && result.amd.empty()) {
        result.amd = std::string(parts[0]);
      }
    } else if (const auto module = after(line, "module ")) {
      result.module = module_version(*module);
    }
  }
  return result;
}

std::string without_driver(const Machine& machine) {
  if (!machine.module.empty()) {
    return "NVIDIA driver " + machine.module + " is loaded, but nvidia-smi is not installed";
  }
  if (!machine.nvidia.empty()) {
    return "an NVIDIA GPU is there (PCI " + machine.nvidia + "), but no NVIDIA driver (nvidia-smi is not installed)";
  }
  if (!machine.amd.empty()) {
    return "no NVIDIA driver (nvidia-smi is not installed); the AMD GPU (PCI " + machine.amd + ") is not read";
  }
  return "no NVIDIA driver (nvidia-smi is not installed)";
}

/// What nvidia-smi said that is neither a GPU nor a process: the line that tells most.
std::string complaint(const Lines& lines) {
  for (const auto& line : lines) {
    if (!gpu_row(line) && !line.starts_with('=') && !trimmed(line).empty()) {
      return std::string(trimmed(line));
    }
  }
  return {};
}

std::string status_note(std::string_view status) {
  if (status == "hung" || status == "124" || status == "137" || status == "143") {
    return "nvidia-smi did not answer in time";
  }
  return "nvidia-smi failed with exit status " + std::string(status) + " and said nothing";
}

void judge(const std::vector<Row>& rows, const Lines& said, const std::string& status, const Machine& machine,
           GpuFacts& facts) {
  const std::string note = complaint(said);
  if (rows.empty() && note.starts_with("No devices were found") && machine.nvidia.empty()) {
    facts.note = "no NVIDIA GPU (nvidia-smi: No devices were found)";
    return;
  }
  facts.state = GpuFacts::State::ok;
  if (status != "0" || rows.empty()) {
    facts.state = GpuFacts::State::broken;
    facts.note = !note.empty() ? note : status != "0" ? status_note(status) : "nvidia-smi told of no GPU";
    return;
  }
  for (const auto& row : rows) {
    if (row.needs_reset || row.unknown_error) {
      facts.state = GpuFacts::State::broken;
      facts.note =
          "GPU " + std::to_string(row.gpu.index) + ": " + std::string(row.needs_reset ? k_reset : "[Unknown Error]");
      return;
    }
  }
}

/// A Jetson's nvidia-smi, where there is one, knows the name and little else.
void put_tegra(const TegraGpu& tegra, GpuFacts& facts) {
  if (facts.gpus.empty()) {
    facts.gpus.emplace_back();
  }
  Gpu& gpu = facts.gpus.front();
  gpu.name = gpu.name.empty() ? tegra.name : gpu.name;
  gpu.driver = gpu.driver.empty() ? tegra.driver : gpu.driver;
  const auto fill = [](std::optional<double>& value, std::optional<double> other) { value = value ? value : other; };
  fill(gpu.temperature_celsius, tegra.temperature_celsius);
  fill(gpu.utilisation_percent, tegra.utilisation_percent);
  fill(gpu.power_watts, tegra.power_watts);
  facts.state = GpuFacts::State::ok;
  facts.note.clear();
}

}  // namespace

std::string_view gpu_part() {
  // Class 0x03 is a display controller; a Jetson's GPU is not on the PCI bus.
  return R"(echo @cef:gpu
for p in /sys/bus/pci/devices/*; do
  c=; v=; read -r c <"$p/class"
  case $c in 0x03*) read -r v <"$p/vendor"; echo "pci ${p##*/} $v" ;; esac
done
v=; read -r v </proc/driver/nvidia/version && echo "module $v"
echo @cef:tegra
v=; read -r v </etc/nv_tegra_release && echo "l4t $v"
for f in /sys/devices/gpu.0/load /sys/devices/platform/gpu.0/load /sys/devices/platform/*.gpu/load \
  /sys/devices/platform/*/*.gpu/load /sys/devices/platform/*.g[abpv]1*b/load; do
  v=; if [ -e "$f" ] && read -r v <"$f"; then
    echo "load $v"
    for z in /sys/class/thermal/thermal_zone*; do
      t=; read -r t <"$z/type"
      case $t in GPU* | gpu*) v=; read -r v <"$z/temp" && echo "heat $v" ;; esac
    done
    break
  fi
done
[ ! -r /proc/device-tree/model ] || { printf 'board '; tr -d '\000' </proc/device-tree/model; echo; }
if command -v tegrastats >/dev/null; then
  tegra() { bound 3 tegrastats --interval 200 | head -n 1; }
  ask tegrastats 5 tegra
fi
if command -v nvidia-smi >/dev/null; then
  smi() { bound 12 nvidia-smi "$1" --format=csv,noheader,nounits; }
  q=index,name,driver_version,temperature.gpu,utilization.gpu,memory.used,memory.total,power.draw,pci.bus_id
  ask smi 14 smi "--query-gpu=$q"
  if [ "$status" = 0 ]; then ask apps 14 smi --query-compute-apps=pid,process_name,used_memory,gpu_bus_id; fi
fi
)";
}

GpuFacts parse_gpu(const Sections& sections) {
  GpuFacts facts;
  const Machine found = machine(lines_of(sections, "gpu"));
  std::vector<Row> rows;
  if (sections.contains("smi.status")) {
    for (const auto& line : lines_of(sections, "smi")) {
      if (auto row = gpu_row(line)) {
        rows.push_back(std::move(*row));
      }
    }
    for (const auto& line : lines_of(sections, "apps")) {
      put_process(line, rows);
    }
    judge(rows, lines_of(sections, "smi"), first_line(sections, "smi.status"), found, facts);
  } else {
    facts.note = without_driver(found);
  }
  for (auto& row : rows) {
    facts.gpus.push_back(std::move(row.gpu));
  }
  const bool only_integrated = facts.gpus.size() <= 1;
  if (const auto tegra = parse_tegra(sections); tegra && only_integrated) {
    put_tegra(*tegra, facts);
  }
  return facts;
}

}  // namespace cef::probe
