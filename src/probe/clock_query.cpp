#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "answer.hpp"
#include "cef/core/json.hpp"
#include "cef/probe/clock.hpp"

namespace cef::probe {

namespace {

std::optional<double> real(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  return number<double>(text);
}

std::int64_t micro(double seconds) {
  return std::llround(seconds * 1e6);
}
std::int64_t micro_up(double seconds) {
  return static_cast<std::int64_t>(std::ceil(seconds * 1e6));
}

/// "… System clock wrong by 7.249995 seconds (ignored)", then a line of its log of raw measurements:
/// date, time, address, leap, stratum, tests (3), poll (2), score, offset, delay and dispersion of the peer, of the
/// root.
std::optional<ClockMeasurement> read_chronyd(const Lines& lines) {
  ClockMeasurement found;
  bool measured = false;
  for (const auto& line : lines) {
    const std::size_t at = line.find("System clock wrong by ");
    const auto parts = words(line);
    if (at != std::string::npos) {
      const auto offset = real(fields(std::string_view(line).substr(at + 22), ' ')[0]);
      measured = offset.has_value();
      found.offset_us = measured ? micro(*offset) : 0;
    } else if (parts.size() >= 16 && !parts[1].ends_with('Z')) {
      const auto delay = real(parts[12]);
      const auto dispersion = real(parts[13]);
      const auto root_delay = real(parts[14]);
      const auto root_dispersion = real(parts[15]);
      if (delay && dispersion && root_delay && root_dispersion) {
        found.uncertainty_us = micro_up((*delay + *root_delay) / 2 + *dispersion + *root_dispersion);
      }
      found.stratum = number<int>(parts[4]);
    }
  }
  return measured ? std::optional(found) : std::nullopt;
}

std::optional<ClockMeasurement> read_ntpdig(const Lines& lines) {
  for (const auto& line : lines) {
    const auto json = line.starts_with('{') ? core::parse_json(line, "ntpdig") : core::Json{};
    const auto field = [&](const char* name) {
      return json && json->is_object() && json->contains(name) ? real((*json)[name].dump()) : std::nullopt;
    };
    const auto offset = field("offset");
    if (!offset) {
      continue;
    }
    ClockMeasurement found;
    found.offset_us = micro(*offset);
    if (const auto precision = field("precision")) {
      found.uncertainty_us = micro_up(*precision);
    }
    if (json->contains("stratum") && (*json)["stratum"].is_number_integer()) {
      found.stratum = (*json)["stratum"].get<int>();
    }
    return found;
  }
  return std::nullopt;
}

/// "… +7.250011 +/- 0.000062 10.99.0.1 s10 no-leap" of ntpsec and sntp, or
/// "server 10.99.0.1, stratum 10, offset 7.250011, delay 0.02570" of the ntpdate before.
std::optional<ClockMeasurement> read_ntpdate(const Lines& lines) {
  for (const auto& line : lines) {
    const auto parts = words(line);
    const auto bound = std::find(parts.begin(), parts.end(), "+/-");
    ClockMeasurement found;
    if (bound != parts.begin() && parts.end() - bound > 1 && real(*(bound - 1))) {
      found.offset_us = micro(*real(*(bound - 1)));
      const auto uncertainty = real(bound[1]);
      found.uncertainty_us = uncertainty ? std::optional(micro_up(*uncertainty)) : std::nullopt;
      const auto stratum = std::find_if(bound, parts.end(), [](auto part) { return part.starts_with('s'); });
      found.stratum = stratum == parts.end() ? std::nullopt : number<int>(stratum->substr(1));
      return found;
    }
    const auto field = [&](std::string_view name) -> std::optional<double> {
      const auto at = std::find(parts.begin(), parts.end(), name);
      return parts.end() - at > 1 ? real(fields(at[1], ',')[0]) : std::nullopt;
    };
    const auto stratum = field("stratum");
    if (line.starts_with("server ") && field("offset") && stratum && *stratum > 0) {
      found.offset_us = micro(*field("offset"));
      found.stratum = static_cast<int>(std::min(*stratum, 255.0));
      if (const auto delay = field("delay")) {
        found.uncertainty_us = micro_up(*delay / 2);
      }
      return found;
    }
  }
  return std::nullopt;
}

struct Sntp {
  std::optional<ClockMeasurement> best;
  std::string failure;
};

/// "sample T1 T2 T3 T4 stratum leap root-delay root-dispersion precision", times in µs; the quickest answer is the
/// best.
Sntp read_samples(const Lines& lines) {
  Sntp result;
  std::int64_t best_delay = 0;
  for (const auto& line : lines) {
    const auto parts = words(line);
    if (parts.size() != 10 || parts[0] != "sample") {
      result.failure = line;
      continue;
    }
    std::vector<std::int64_t> n;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      n.push_back(std::clamp(number<std::int64_t>(parts[i]).value_or(0), -k_most_us, k_most_us));
    }
    if (n[4] < 1 || n[4] > 15 || n[5] == 3) {
      result.failure = n[4] == 0 ? "it refuses to answer (kiss of death)" : "it is not synchronised itself";
      continue;
    }
    const std::int64_t delay = std::max<std::int64_t>((n[3] - n[0]) - (n[2] - n[1]), 0);
    if (result.best && delay >= best_delay) {
      continue;
    }
    best_delay = delay;
    ClockMeasurement found;
    found.offset_us = ((n[1] - n[0]) + (n[2] - n[3])) / 2;
    const double precision = std::ldexp(1e6, static_cast<int>(std::clamp<std::int64_t>(n[8], -30, 10)));
    found.uncertainty_us = delay / 2 + n[6] / 2 + n[7] + static_cast<std::int64_t>(std::ceil(precision)) + 1;
    found.stratum = static_cast<int>(n[4]);
    result.best = found;
  }
  return result;
}

}  // namespace

std::optional<ClockReading> parse_clock_reading(std::string_view line) {
  const std::size_t end = std::min(line.find_first_not_of("0123456789"), line.size());
  const auto value = number<std::int64_t>(line.substr(0, end));
  if (!value || end < 9 || end > 19) {
    return std::nullopt;
  }
  const std::int64_t us = end <= 11 ? *value * 1'000'000 + 500'000 : end <= 17 ? *value : *value / 1000;
  return us > k_most_us ? std::nullopt : std::optional(ClockReading{us, end <= 11 ? 1'000'000 : 1});
}

ClockQueries parse_clock_queries(std::string_view answer, const std::vector<std::string>& servers) {
  const Sections sections = split_sections(answer);
  ClockQueries result;
  for (std::size_t i = 0; i < servers.size() && !result.measurement; ++i) {
    const std::string mark = std::to_string(i) + ".";
    const Sntp sntp = read_samples(lines_of(sections, mark + "perl"));
    const std::vector<std::pair<const char*, std::optional<ClockMeasurement>>> all = {
        {"chronyd -Q", read_chronyd(lines_of(sections, mark + "chronyd"))},
        {"ntpdig", read_ntpdig(lines_of(sections, mark + "ntpdig"))},
        {"ntpdate -q", read_ntpdate(lines_of(sections, mark + "ntpdate"))},
        {"sntp", read_ntpdate(lines_of(sections, mark + "sntp"))},
        {"perl", sntp.best}};
    for (const auto& [means, measured] : all) {
      const bool better = measured && is_plausible(*measured) &&
                          (!result.measurement || (!result.measurement->uncertainty_us && measured->uncertainty_us));
      if (better) {
        result.measurement = measured;
        result.measurement->server = servers[i];
        result.measurement->means = means;
      }
    }
    if (!result.measurement) {
      result.failures.push_back(servers[i] + ": " + (sntp.failure.empty() ? "no answer" : sntp.failure));
    }
  }
  return result;
}

}  // namespace cef::probe
