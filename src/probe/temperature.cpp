#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "cef/core/json.hpp"
#include "cef/core/text.hpp"
#include "parts.hpp"

namespace cef::probe {

namespace {

/// A reading before it is known to be true.
struct Reading {
  std::string chip;   ///< as the node writes it: "cpu-thermal", "coretemp"
  std::string label;  ///< "Package id 0"; empty where the sensor has none
  std::string source;
  std::optional<double> celsius;
  std::optional<double> critical;
  bool disabled = false;
  bool named = false;  ///< without a label: the chip has other sensors, so the name tells the number too
};

/// The kernel makes an hwmon chip of each thermal zone, with '_' for '-'.
std::string canonical(std::string_view chip) {
  std::string name = core::lower(chip);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [text](std::string_view p) { return text.starts_with(p); });
}

std::optional<double> from_millidegrees(std::string_view text) {
  const auto value = number<double>(text);
  return value ? std::optional(*value / 1000) : std::nullopt;
}

std::optional<double> plausible_critical(std::optional<double> celsius) {
  constexpr double k_lowest = 20;  // chips without a limit say 0, -273.15 or 65261.85
  constexpr double k_highest = 200;
  return celsius && *celsius > k_lowest && *celsius < k_highest ? celsius : std::nullopt;
}

bool is_absurd(const Reading& reading) {
  constexpr double k_coldest = -55;  // what the parts are made for
  constexpr double k_hottest = 150;
  const double celsius = *reading.celsius;
  const std::string chip = canonical(reading.chip);
  if (reading.disabled && celsius == 0) {
    return true;
  }
  if (chip == "int3400 thermal") {  // the kernel's INT3400 zone answers a fixed 20 degrees
    return true;
  }
  if (chip.starts_with("pmic") && (celsius == 100 || celsius == 50)) {  // a Jetson's PMIC-Die has no sensor
    return true;
  }
  if (starts_with_any(chip, {"nct", "it8", "w83", "f71"}) && (celsius <= 0 || celsius >= 127)) {  // open input
    return true;
  }
  return celsius < k_coldest || celsius > k_hottest;
}

std::vector<Reading> zones(const Lines& lines) {
  std::vector<Reading> all;
  for (const auto& line : lines) {  // zone|millidegrees|mode|critical|type
    const auto parts = fields(line, '|', 5);
    if (parts.size() == 5) {
      all.push_back({std::string(parts[4]), "", std::string(parts[0]), from_millidegrees(parts[1]),
                     plausible_critical(from_millidegrees(parts[3])), parts[2] == "disabled", false});
    }
  }
  return all;
}

/// hwmonN/tempM|millidegrees|fault|critical|chip|label
std::vector<Reading> chips(const Lines& lines) {
  std::vector<Reading> all;
  for (const auto& line : lines) {
    const auto parts = fields(line, '|', 6);
    if (parts.size() != 6) {
      continue;
    }
    Reading reading{std::string(parts[4]),
                    std::string(parts[5]),
                    std::string(parts[0]),
                    from_millidegrees(parts[1]),
                    plausible_critical(from_millidegrees(parts[3])),
                    false,
                    false};
    if (parts[2] == "1") {
      reading.celsius.reset();
    }
    all.push_back(std::move(reading));
  }
  for (auto& reading : all) {
    const std::string hwmon = reading.source.substr(0, reading.source.find('/') + 1);
    reading.named = std::count_if(all.begin(), all.end(),
                                  [&hwmon](const Reading& other) { return other.source.starts_with(hwmon); }) > 1;
  }
  return all;
}

/// One feature of `sensors -j`: {"temp1_input": 51.0, "temp1_crit": 100.0, …}
std::optional<Reading> feature(const std::string& chip, const std::string& label, const core::Json& values) {
  Reading reading{chip, label, "sensors", std::nullopt, std::nullopt, false, false};
  for (const auto& [key, value] : values.items()) {
    if (!key.starts_with("temp") || !value.is_number()) {
      continue;
    }
    if (key.ends_with("_input")) {
      reading.celsius = value.get<double>();
    } else if (key.ends_with("_crit")) {
      reading.critical = plausible_critical(value.get<double>());
    } else if (key.ends_with("_fault") && value.get<double>() != 0) {
      return std::nullopt;
    }
  }
  return reading.celsius ? std::optional(reading) : std::nullopt;
}

/// What is not JSON (an old `sensors`, or one that met an error) says nothing.
std::vector<Reading> by_sensors(const Lines& lines) {
  std::string text;
  for (const auto& line : lines) {
    text += line + '\n';
  }
  const auto json = core::parse_json(text, "sensors -j");
  std::vector<Reading> all;
  if (!json || !json->is_object()) {
    return all;
  }
  for (const auto& [id, features] : json->items()) {  // "coretemp-isa-0000"
    if (!features.is_object()) {
      continue;
    }
    for (const auto& [label, values] : features.items()) {
      if (!values.is_object()) {
        continue;
      }
      if (auto reading = feature(id.substr(0, id.find('-')), label, values)) {
        all.push_back(std::move(*reading));
      }
    }
  }
  return all;
}

bool is_package(const Reading& reading) {
  return canonical(reading.chip) == "coretemp" && starts_with_any(reading.label, {"Package id", "Physical id"});
}

/// Leaves out what another list has already. A zone and its hwmon twin pair off one by one, the one with a label is
/// kept; an x86_pkg_temp zone is the package sensor of coretemp; `sensors` reads hwmon, so it only adds other chips.
std::vector<Reading> without_twins(std::vector<Reading> zone_list, std::vector<Reading> chip_list,
                                   std::vector<Reading> sensors_list) {
  std::vector<std::string> hwmon_chips;
  hwmon_chips.reserve(chip_list.size());
  for (const auto& chip : chip_list) {
    hwmon_chips.push_back(canonical(chip.chip));
  }
  std::erase_if(sensors_list, [&](const Reading& reading) {
    const std::string name = canonical(reading.chip);
    return std::find(hwmon_chips.begin(), hwmon_chips.end(), name) != hwmon_chips.end() ||
           std::any_of(zone_list.begin(), zone_list.end(),
                       [&name](const Reading& z) { return canonical(z.chip) == name; });
  });
  std::vector<Reading> kept;
  for (const auto& zone : zone_list) {
    const auto twin = std::find_if(chip_list.begin(), chip_list.end(), [&zone](const Reading& chip) {
      const bool same_package = canonical(zone.chip) == "x86_pkg_temp" && is_package(chip);
      return same_package || canonical(chip.chip) == canonical(zone.chip);
    });
    const bool package_of_sensors =
        canonical(zone.chip) == "x86_pkg_temp" && std::any_of(sensors_list.begin(), sensors_list.end(), is_package);
    if (twin == chip_list.end()) {
      if (!package_of_sensors) {
        kept.push_back(zone);
      }
      continue;
    }
    const bool prefer_chip = twin->celsius && (!twin->label.empty() || (!zone.celsius && !zone.disabled));
    kept.push_back(prefer_chip ? *twin : zone);
    chip_list.erase(twin);
  }
  kept.insert(kept.end(), chip_list.begin(), chip_list.end());
  kept.insert(kept.end(), sensors_list.begin(), sensors_list.end());
  return kept;
}

std::string name_of(const Reading& reading) {
  if (!reading.label.empty() && reading.label != "temp1") {
    return reading.chip + ": " + reading.label;
  }
  return reading.named ? reading.chip + ": " + reading.source.substr(reading.source.find('/') + 1) : reading.chip;
}

struct Kind {
  const char* words;  ///< "the hottest of 2 …s"
  bool (*matches)(std::string_view chip, const std::string& label);
};

bool is_amd(std::string_view chip) {
  return chip == "k10temp" || chip == "zenpower" || chip == "k8temp";
}

// What stands for the CPU, the best first. Where an AMD processor has Tdie, Tctl has an offset in it.
constexpr std::array k_kinds{
    Kind{"package sensor of the CPU",
         [](std::string_view chip, const std::string& label) {
           return chip == "x86_pkg_temp" ||
                  (chip == "coretemp" && starts_with_any(label, {"Package id", "Physical id"}));
         }},
    Kind{"die sensor of the CPU",
         [](std::string_view chip, const std::string& label) { return is_amd(chip) && label == "Tdie"; }},
    Kind{"control sensor of the CPU",
         [](std::string_view chip, const std::string& label) { return is_amd(chip) && label == "Tctl"; }},
    Kind{"CPU sensor of the chip",
         [](std::string_view chip, const std::string&) {
           return is_amd(chip) || starts_with_any(chip, {"cpu", "bcpu", "mcpu", "bigcpu", "littlecpu", "via_cputemp"});
         }},
    Kind{"sensor of the chip the CPU is on",
         [](std::string_view chip, const std::string&) {
           return starts_with_any(chip, {"soc", "package_therm", "bigcore", "littlecore", "cluster", "imx_thermal",
                                         "tj_therm", "bcm2835", "vcgencmd"});
         }},
    Kind{"core sensor of the CPU", [](std::string_view chip, const std::string&) { return chip == "coretemp"; }},
    Kind{"CPU sensor of the firmware",
         [](std::string_view chip, const std::string&) { return chip == "b0d4" || chip == "tcpu"; }},
    Kind{"CPU sensor of the board",
         [](std::string_view, const std::string& label) { return core::lower(label).starts_with("cpu"); }},
};

void choose(const std::vector<Reading>& readings, TemperatureFacts& facts) {
  for (const auto& kind : k_kinds) {
    std::size_t matches = 0;
    for (std::size_t i = 0; i < readings.size(); ++i) {
      if (!kind.matches(canonical(readings[i].chip), readings[i].label)) {
        continue;
      }
      ++matches;
      if (!facts.chosen || facts.sensors[i].celsius > facts.sensors[*facts.chosen].celsius) {
        facts.chosen = i;
      }
    }
    if (matches > 0) {
      facts.chosen_why = matches == 1 ? std::string("the ") + kind.words
                                      : "the hottest of " + std::to_string(matches) + ": " + kind.words;
      return;
    }
  }
  facts.chosen_why = readings.empty() ? "the node has no temperature sensor" : "none of the sensors is the CPU's";
}

struct Bit {
  unsigned bit;
  const char* words;
};

// `vcgencmd get_throttled`, as the documentation of Raspberry Pi lists its bits
constexpr std::array k_throttle_bits{
    Bit{0, "under-voltage now"},
    Bit{1, "frequency capped now"},
    Bit{2, "throttled now"},
    Bit{3, "soft temperature limit now"},
    Bit{16, "under-voltage since boot"},
    Bit{17, "frequency capped since boot"},
    Bit{18, "throttled since boot"},
    Bit{19, "soft temperature limit since boot"},
};

void put_throttle(const Lines& lines, TemperatureFacts& facts) {
  for (const auto& line : lines) {
    auto hex = after(line, "throttled=");
    if (!hex || facts.throttled_bits) {
      continue;
    }
    hex->remove_prefix(hex->starts_with("0x") ? 2 : 0);  // /sys writes it without
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(hex->data(), hex->data() + hex->size(), bits, 16);
    if (error == std::errc{} && end == hex->data() + hex->size()) {
      facts.throttled_bits = bits;
    }
  }
  for (const auto& bit : k_throttle_bits) {
    if (((facts.throttled_bits.value_or(0) >> bit.bit) & 1U) != 0) {
      facts.throttled.emplace_back(bit.words);
    }
  }
}

/// "temp=55.8'C": the sensor that the thermal zone of a Raspberry Pi reads too.
void put_vcgencmd(const Lines& lines, std::vector<Reading>& readings) {
  for (const auto& line : lines) {
    const auto text = after(line, "temp=");
    const bool known = std::any_of(readings.begin(), readings.end(), [](const Reading& reading) {
      return starts_with_any(canonical(reading.chip), {"cpu", "soc", "bcm2835"});
    });
    if (text && !known) {
      readings.push_back(
          {"vcgencmd", "", "vcgencmd", number<double>(text->substr(0, text->find('\''))), std::nullopt, false, false});
    }
  }
}

}  // namespace

std::string_view temperature_part() {
  return R"(echo @cef:zones
for z in /sys/class/thermal/thermal_zone*; do
  t=; v=; m=; c=
  read -r t <"$z/type"; read -r v <"$z/temp"; read -r m <"$z/mode"
  [ -n "$t" ] || continue
  for p in "$z"/trip_point_*_type; do
    k=; read -r k <"$p"
    [ "$k" != critical ] || { read -r c <"${p%_type}_temp"; break; }
  done
  printf '%s|%s|%s|%s|%s\n' "${z##*/}" "$v" "$m" "$c" "$t"
done
echo @cef:hwmon
for h in /sys/class/hwmon/hwmon*; do
  n=; read -r n <"$h/name" || read -r n <"$h/device/name"
  for f in "$h"/temp*_input "$h"/device/temp*_input; do
    [ -e "$f" ] || continue
    b=${f%_input}; v=; e=; c=; l=
    read -r v <"$f"; read -r e <"${b}_fault"; read -r c <"${b}_crit"; read -r l <"${b}_label"
    printf '%s|%s|%s|%s|%s|%s\n' "${h##*/}/${b##*/}" "$v" "$e" "$c" "$n" "$l"
  done
done
echo @cef:sensors; if command -v sensors >/dev/null; then bound 4 sensors -j; fi
echo @cef:vcgencmd
if command -v vcgencmd >/dev/null; then bound 2 vcgencmd measure_temp; bound 2 vcgencmd get_throttled; fi
v=; read -r v </sys/devices/platform/soc/soc:firmware/get_throttled && echo "throttled=$v"
)";
}

TemperatureFacts parse_temperature(const Sections& sections) {
  auto readings = without_twins(zones(lines_of(sections, "zones")), chips(lines_of(sections, "hwmon")),
                                by_sensors(lines_of(sections, "sensors")));
  put_vcgencmd(lines_of(sections, "vcgencmd"), readings);
  std::erase_if(readings, [](const Reading& reading) { return !reading.celsius || is_absurd(reading); });
  TemperatureFacts facts;
  for (const auto& reading : readings) {
    facts.sensors.push_back({name_of(reading), reading.source, *reading.celsius, reading.critical});
  }
  choose(readings, facts);
  put_throttle(lines_of(sections, "vcgencmd"), facts);
  return facts;
}

}  // namespace cef::probe
