#include <algorithm>

#include "cef/core/text.hpp"
#include "parts.hpp"

namespace cef::probe {

namespace {

/// "# R35 (release), REVISION: 4.1, GCID: …" → "L4T R35.4.1"
std::string l4t_release(std::string_view line) {
  const std::size_t release = line.find('R');
  const std::size_t revision = line.find("REVISION: ");
  if (release == std::string_view::npos || revision == std::string_view::npos) {
    return {};
  }
  const auto major = line.substr(release, line.find(' ', release) - release);
  const auto minor = line.substr(revision + 10, line.find(',', revision) - revision - 10);
  return "L4T " + std::string(major) + "." + std::string(minor);
}

/// A sensor of a part that is switched off says -256.
std::optional<double> plausible(std::optional<double> celsius) {
  constexpr double k_coldest = -55;
  constexpr double k_hottest = 150;
  return celsius && *celsius > k_coldest && *celsius < k_hottest ? celsius : std::nullopt;
}

/// "45%@921", "0%@[305,305]", "45%"; newer boards may leave the share out: "@[0,0]"
std::optional<double> percent(std::string_view word) {
  const std::size_t sign = word.find('%');
  return sign == std::string_view::npos ? std::nullopt : number<double>(word.substr(0, sign));
}

/// "480/480", "410mW/426mW", "4385mW/3787mW/4385mW": the first is now, in mW.
std::optional<double> watts(std::string_view word) {
  std::string_view now = word.substr(0, word.find('/'));
  if (now.ends_with("mW")) {
    now.remove_suffix(2);
  }
  const auto milliwatts = number<double>(now);
  return milliwatts ? std::optional(*milliwatts / 1000) : std::nullopt;
}

/// One line of tegrastats. Only rails that feed the GPU and nothing else are its power.
void read_tegrastats(std::string_view line, TegraGpu& gpu) {
  const auto parts = words(line);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string_view next = i + 1 < parts.size() ? parts[i + 1] : std::string_view{};
    if (parts[i] == "GR3D_FREQ" || parts[i] == "GR3D") {
      gpu.utilisation_percent = percent(next);
    } else if (parts[i] == "VDD_GPU" || parts[i] == "POM_5V_GPU" || parts[i] == "VDD_SYS_GPU" || parts[i] == "GPU") {
      gpu.power_watts = watts(next);
    } else if (const std::string word = core::lower(parts[i]); word.starts_with("gpu@")) {
      const std::string value = word.substr(4, word.find('c', 4) - 4);
      gpu.temperature_celsius = plausible(number<double>(value));
    }
  }
}

}  // namespace

std::optional<TegraGpu> parse_tegra(const Sections& sections) {
  TegraGpu gpu;
  bool found = false;
  std::optional<double> load;
  for (const auto& line : lines_of(sections, "tegra")) {
    if (const auto board = after(line, "board ")) {
      gpu.name = std::string(trimmed(*board));
    } else if (const auto release = after(line, "l4t ")) {
      gpu.driver = l4t_release(*release);
      found = true;
    } else if (const auto said = after(line, "load ")) {  // 0 to 1000
      load = number<double>(*said);
      found = found || load.has_value();
    } else if (const auto heat = after(line, "heat ")) {
      const auto millidegrees = number<double>(*heat);
      gpu.temperature_celsius = plausible(millidegrees ? std::optional(*millidegrees / 1000) : std::nullopt);
    }
  }
  const auto& stats = lines_of(sections, "tegrastats");
  for (const auto& line : stats) {
    if (line.find("RAM ") != std::string::npos && line.find("CPU [") != std::string::npos) {
      const auto zone = gpu.temperature_celsius;
      read_tegrastats(line, gpu);
      gpu.temperature_celsius = gpu.temperature_celsius ? gpu.temperature_celsius : zone;
      found = true;
      break;
    }
  }
  if (!found) {
    return std::nullopt;
  }
  if (!gpu.utilisation_percent && load) {
    gpu.utilisation_percent = std::min(*load / 10, 100.0);
  }
  gpu.name = gpu.name.empty() ? "Jetson GPU" : gpu.name + " GPU";
  return gpu;
}

}  // namespace cef::probe
