#include "cef/operation/monitor_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "cef/core/near_name.hpp"

namespace cef::operation {

using core::ErrorCode;
using core::fail;
using core::Result;
using probe::Metric;
using probe::MonitorFacts;

namespace {

/// The largest of what `of` gives for the elements that tell it.
template <class List, class Of>
std::optional<double> largest(const List& list, const Of& of) {
  std::optional<double> best;
  for (const auto& one : list) {
    if (const std::optional<double> value = of(one); value && (!best || *value > *best)) {
      best = value;
    }
  }
  return best;
}

template <class Of>
std::optional<double> largest_of_gpus(const MonitorFacts& facts, const Of& of) {
  return facts.gpu ? largest(facts.gpu->gpus, of) : std::nullopt;
}

std::optional<double> temperature(const MonitorFacts& facts) {
  if (!facts.temperature || !facts.temperature->chosen) {
    return std::nullopt;
  }
  return facts.temperature->sensors[*facts.temperature->chosen].celsius;
}

std::optional<double> cpu(const MonitorFacts& facts) {
  return facts.cpu ? std::optional(facts.cpu->utilisation_percent) : std::nullopt;
}

std::optional<double> load(const MonitorFacts& facts) {
  return facts.cpu ? std::optional(facts.cpu->load_1m) : std::nullopt;
}

std::optional<double> memory(const MonitorFacts& facts) {
  return facts.memory ? used_percent(facts.memory->available, facts.memory->total) : std::nullopt;
}

std::optional<double> swap(const MonitorFacts& facts) {
  return facts.memory ? used_percent(facts.memory->swap_free, facts.memory->swap_total) : std::nullopt;
}

std::optional<double> disk(const MonitorFacts& facts) {
  return largest(facts.disks, [](const probe::Disk& one) { return used_percent(one); });
}

std::optional<double> inodes(const MonitorFacts& facts) {
  return largest(facts.disks, [](const probe::Disk& one) { return one.inodes_used_percent; });
}

std::optional<double> rx(const MonitorFacts& facts) {
  return largest(facts.interfaces, [](const probe::Interface& one) { return std::optional(one.rx_bytes_per_s); });
}

std::optional<double> tx(const MonitorFacts& facts) {
  return largest(facts.interfaces, [](const probe::Interface& one) { return std::optional(one.tx_bytes_per_s); });
}

std::optional<double> gpu(const MonitorFacts& facts) {
  return largest_of_gpus(facts, [](const probe::Gpu& one) { return one.utilisation_percent; });
}

std::optional<double> gpu_temperature(const MonitorFacts& facts) {
  return largest_of_gpus(facts, [](const probe::Gpu& one) { return one.temperature_celsius; });
}

std::optional<double> gpu_memory(const MonitorFacts& facts) {
  return largest_of_gpus(facts, [](const probe::Gpu& one) -> std::optional<double> {
    if (!one.memory_used || !one.memory_total || one.memory_total->count == 0) {
      return std::nullopt;
    }
    return 100.0 * static_cast<double>(one.memory_used->count) / static_cast<double>(one.memory_total->count);
  });
}

/// Bits 0 to 3 of a Raspberry Pi's word are now, 16 to 19 since it booted.
std::optional<double> throttled(const MonitorFacts& facts) {
  if (!facts.temperature || !facts.temperature->throttled_bits) {
    return std::nullopt;
  }
  const unsigned bits = *facts.temperature->throttled_bits;
  return (bits & 0xFU) != 0 ? 2 : (bits & 0xF0000U) != 0 ? 1 : 0;
}

const std::array<std::pair<const char*, Metric>, 6> k_metrics = {{{"temperature", Metric::temperature},
                                                                  {"cpu", Metric::cpu},
                                                                  {"memory", Metric::memory},
                                                                  {"disk", Metric::disk},
                                                                  {"network", Metric::network},
                                                                  {"gpu", Metric::gpu}}};

std::string without_spaces(std::string_view text) {
  std::string out(text);
  std::erase_if(out, [](char c) { return c == ' ' || c == '\t'; });
  return out;
}

/// What follows a number: a size for rates, "%" for percentages, "C" or "°C" for temperatures.
std::optional<double> factor_of(std::string_view suffix, Unit unit) {
  if (suffix.empty() || (unit == Unit::percent && suffix == "%") ||
      (unit == Unit::celsius && (suffix == "C" || suffix == "°C"))) {
    return 1;
  }
  constexpr std::string_view k_powers = "KMG";
  if (unit != Unit::bytes_per_s || k_powers.find(suffix.front()) == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view rest = suffix.substr(1);
  if (!rest.empty() && rest != "B" && rest != "iB" && rest != "B/s" && rest != "iB/s") {
    return std::nullopt;
  }
  return static_cast<double>(1ULL << (10 * (k_powers.find(suffix.front()) + 1)));
}

std::optional<double> parse_limit(std::string_view text, Unit unit) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(number)) {
    return std::nullopt;
  }
  const auto factor = factor_of(text.substr(static_cast<std::size_t>(end - text.data())), unit);
  return factor ? std::optional(number * *factor) : std::nullopt;
}

}  // namespace

const char* to_string(Unit unit) noexcept {
  switch (unit) {
    case Unit::percent:
      return "%";
    case Unit::celsius:
      return "°C";
    case Unit::plain:
      return "";
    case Unit::bytes_per_s:
      return "B/s";
  }
  return "";
}

const std::vector<MonitorValue>& monitor_values() {
  static const std::vector<MonitorValue> values = {
      {"temperature", Unit::celsius, Metric::temperature, "of the CPU", &temperature},
      {"cpu", Unit::percent, Metric::cpu, "all cores together", &cpu},
      {"load", Unit::plain, Metric::cpu, "of the last minute", &load},
      {"memory", Unit::percent, Metric::memory, "not available", &memory},
      {"swap", Unit::percent, Metric::memory, "in use", &swap},
      {"disk", Unit::percent, Metric::disk, "of the fullest file system", &disk},
      {"inodes", Unit::percent, Metric::disk, "of the file system with the fewest left", &inodes},
      {"rx", Unit::bytes_per_s, Metric::network, "received on the busiest interface", &rx},
      {"tx", Unit::bytes_per_s, Metric::network, "sent on the busiest interface", &tx},
      {"gpu", Unit::percent, Metric::gpu, "of the busiest GPU", &gpu},
      {"gpu.temperature", Unit::celsius, Metric::gpu, "of the hottest GPU", &gpu_temperature},
      {"gpu.memory", Unit::percent, Metric::gpu, "of the fullest GPU", &gpu_memory},
      {"throttled", Unit::plain, Metric::temperature, "a Raspberry Pi: 2 now, 1 since it booted, 0 never", &throttled}};
  return values;
}

Result<const MonitorValue*> find_monitor_value(const std::string& name) {
  std::vector<std::string> names;
  std::string list;
  for (const auto& value : monitor_values()) {
    if (name == value.name) {
      return &value;
    }
    names.emplace_back(value.name);
    list += (list.empty() ? "; there are " : ", ") + names.back();
  }
  const std::string meant = core::did_you_mean(name, names);
  return fail(ErrorCode::usage, "there is no value '" + name + "' to watch" + (meant.empty() ? list : meant));
}

Result<probe::Metrics> parse_metrics(const std::vector<std::string>& names) {
  probe::Metrics metrics = names.empty() ? probe::k_all_metrics : 0;
  for (const auto& name : names) {
    const auto* found =
        std::find_if(k_metrics.begin(), k_metrics.end(), [&](const auto& one) { return name == one.first; });
    if (name != "all" && found == k_metrics.end()) {
      std::vector<std::string> known = {"all"};
      for (const auto& one : k_metrics) {
        known.emplace_back(one.first);
      }
      return fail(ErrorCode::usage, "there is no metric '" + name + "'" + core::did_you_mean(name, known));
    }
    metrics = name == "all" ? probe::k_all_metrics : metrics | found->second;
  }
  return metrics;
}

std::optional<double> AlertRule::broken_by(const MonitorFacts& facts) const {
  const auto measured = value->of(facts);
  if (!measured) {
    return std::nullopt;
  }
  const bool beyond = comparison == Comparison::above      ? *measured > limit
                      : comparison == Comparison::at_least ? *measured >= limit
                      : comparison == Comparison::below    ? *measured < limit
                                                           : *measured <= limit;
  return beyond ? measured : std::nullopt;
}

Result<AlertRule> parse_alert(std::string_view text) {
  AlertRule rule;
  rule.text = without_spaces(text);
  const std::size_t at = std::min(rule.text.find_first_of("<>"), rule.text.size());
  const auto no_limit = [&] {
    return fail(ErrorCode::usage,
                "--alert: '" + std::string(text) + "' is not a limit; write for example 'temperature>80' or 'rx>=10M'");
  };
  if (at == rule.text.size() && rule.text.find('=') != std::string::npos) {
    return no_limit();
  }
  const auto value = find_monitor_value(rule.text.substr(0, at));
  if (!value) {
    return fail(value.error());
  }
  rule.value = *value;
  if (at == rule.text.size() && rule.text == "throttled") {
    return rule;
  }
  const bool or_equal = at + 1 < rule.text.size() && rule.text[at + 1] == '=';
  const auto limit = at == rule.text.size()
                         ? std::nullopt
                         : parse_limit(std::string_view(rule.text).substr(at + (or_equal ? 2 : 1)), rule.value->unit);
  if (!limit) {
    return no_limit();
  }
  rule.comparison = rule.text[at] == '>' ? (or_equal ? Comparison::at_least : Comparison::above)
                                         : (or_equal ? Comparison::at_most : Comparison::below);
  rule.limit = *limit;
  return rule;
}

std::optional<double> used_percent(core::Bytes available, core::Bytes total) {
  if (total.count == 0) {
    return std::nullopt;
  }
  const std::uint64_t free = std::min(available.count, total.count);
  return 100.0 * static_cast<double>(total.count - free) / static_cast<double>(total.count);
}

std::optional<double> used_percent(const probe::Disk& one) {
  return used_percent(one.available, core::Bytes{one.used.count + one.available.count});
}

const probe::Disk* fullest(const MonitorFacts& facts) {
  const probe::Disk* best = nullptr;
  for (const auto& one : facts.disks) {
    if (best == nullptr || used_percent(one).value_or(0) > used_percent(*best).value_or(0)) {
      best = &one;
    }
  }
  return best;
}

}  // namespace cef::operation
