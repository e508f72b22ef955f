#include "cef/probe/clock.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "answer.hpp"

namespace cef::probe {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

std::string value(const Lines& lines, std::string_view key) {
  for (const auto& line : lines) {
    const auto parts = fields(line, '=', 2);
    if (parts.size() == 2 && trimmed(parts[0]) == key) {
      return std::string(trimmed(parts[1]));
    }
  }
  return {};
}

void add(std::vector<TimeServer>& servers, std::string_view name, bool selected) {
  const auto known =
      std::find_if(servers.begin(), servers.end(), [&](const TimeServer& server) { return server.name == name; });
  if (known != servers.end()) {
    known->selected = known->selected || selected;
  } else if (!name.empty()) {
    servers.push_back({std::string(name), selected});
  }
}

void add_all(std::vector<TimeServer>& servers, const std::string& names, const std::string& selected) {
  for (const auto name : words(names)) {
    add(servers, name, name == selected);
  }
}

/// "server NAME ..." and "servers NAME".
std::vector<std::string> configured_by_lines(const Lines& lines) {
  std::vector<std::string> names;
  for (const auto& line : lines) {
    if (const auto parts = words(line); parts.size() > 1) {
      names.emplace_back(parts[1]);
    }
  }
  return names;
}

/// "NTP=A B" of several files: each adds, an empty one begins anew.
std::vector<std::string> configured_by_keys(const Lines& lines, std::string_view wanted) {
  std::vector<std::string> names;
  for (const auto& line : lines) {
    const auto parts = fields(line, '=', 2);
    if (parts.size() != 2 || trimmed(parts[0]) != wanted) {
      continue;
    }
    const auto more = words(parts[1]);
    if (more.empty()) {
      names.clear();
    }
    names.insert(names.end(), more.begin(), more.end());
  }
  return names;
}

/// A running service before one that is only installed. One that runs without being installed is a container's.
void find_service(const Sections& sections, ClockFacts& facts) {
  const Lines& running = lines_of(sections, "running");
  const auto runs = [&](const char* name) { return std::find(running.begin(), running.end(), name) != running.end(); };
  const bool open = facts.has("openntpd") || facts.has("ntpctl");
  facts.running = true;
  if (runs("chronyd") && facts.has("chronyd")) {
    facts.service = TimeService::chrony;
  } else if (runs("systemd-timesyn") && facts.has("systemd-timesyncd")) {
    facts.service = TimeService::timesyncd;
  } else if (open && (runs("openntpd") || runs("ntpd"))) {
    facts.service = TimeService::openntpd;
  } else if (runs("ntpd") && facts.has("ntpd")) {
    facts.service = TimeService::ntp;
  } else {
    facts.running = false;
    facts.service = facts.has("chronyd")             ? TimeService::chrony
                    : open                           ? TimeService::openntpd
                    : facts.has("ntpd")              ? TimeService::ntp
                    : facts.has("systemd-timesyncd") ? TimeService::timesyncd
                                                     : TimeService::none;
  }
}

/// 0A630001,10.99.0.1,11,1795245668.285732270,7.094608784,-0.056230746,…,root delay,root dispersion,…,Normal
void read_tracking(const Sections& sections, ClockFacts& facts) {
  const std::string line = first_line(sections, "tracking");
  const auto parts = fields(line, ',');
  if (parts.size() < 14) {
    return;
  }
  facts.synchronised = trimmed(parts[13]) != "Not synchronised" && parts[0] != "00000000";
  const auto slow = number<double>(parts[4]);  // "System time", positive when it is slow
  const auto delay = number<double>(parts[10]);
  const auto dispersion = number<double>(parts[11]);
  if (*facts.synchronised && slow && delay && dispersion) {
    ClockMeasurement tracking;
    tracking.server = parts[1].empty() ? std::string(parts[0]) : std::string(parts[1]);
    tracking.offset_us = std::llround(*slow * 1e6);
    tracking.uncertainty_us = static_cast<std::int64_t>(std::ceil((*delay / 2 + *dispersion) * 1e6));
    if (const auto stratum = number<int>(parts[2]); stratum && *stratum > 0) {
      tracking.stratum = *stratum - 1;
    }
    tracking.means = "chronyc tracking";
    facts.tracking = is_plausible(tracking) ? std::optional(std::move(tracking)) : std::nullopt;
  }
}

/// ^,*,10.99.0.1,10,6,17,0,…; a line that begins with # is a clock on the node itself.
void read_chrony_sources(const Sections& sections, ClockFacts& facts) {
  for (const auto& line : lines_of(sections, "sources")) {
    const auto parts = fields(line, ',');
    if (parts.size() > 2 && parts[0] != "#") {
      add(facts.servers, parts[2], parts[1] == "*");
    }
  }
}

void read_timesync(const Sections& sections, ClockFacts& facts) {
  const Lines& lines = lines_of(sections, "timesync");
  const std::string selected = value(lines, "ServerName");
  for (const char* key : {"LinkNTPServers", "SystemNTPServers", "RuntimeNTPServers"}) {
    add_all(facts.servers, value(lines, key), selected);
  }
  if (facts.servers.empty()) {
    add_all(facts.servers, value(lines, "FallbackNTPServers"), selected);
  }
  add(facts.servers, selected, true);
}

/// "*10.99.0.1  LOCAL(1)  10 u …" after two lines of headings; the first character tells the role.
void read_ntpq(const Sections& sections, ClockFacts& facts) {
  bool below = false;
  bool selected = false;
  for (const auto& line : lines_of(sections, "ntpq")) {
    if (line.starts_with("==")) {
      below = true;
    } else if (below) {
      const auto parts = words(std::string_view(line).substr(1));
      if (!parts.empty() && (parts.size() < 2 || parts[1] != ".POOL.")) {
        const bool followed = line.front() == '*' || line.front() == 'o';
        add(facts.servers, parts[0], followed);
        selected = selected || followed;
      }
    }
  }
  if (below) {
    facts.synchronised = selected;
  }
}

void read_service(const Sections& sections, ClockFacts& facts) {
  Lines fallback;
  switch (facts.service) {
    case TimeService::chrony:
      facts.configured = configured_by_lines(lines_of(sections, "conf.chrony"));
      read_tracking(sections, facts);
      read_chrony_sources(sections, facts);
      break;
    case TimeService::timesyncd:
      facts.configured = configured_by_keys(lines_of(sections, "conf.timesyncd"), "NTP");
      fallback = configured_by_keys(lines_of(sections, "conf.timesyncd"), "FallbackNTP");
      read_timesync(sections, facts);
      break;
    case TimeService::ntp:
      facts.configured = configured_by_lines(lines_of(sections, "conf.ntp"));
      read_ntpq(sections, facts);
      break;
    case TimeService::openntpd:
      facts.configured = configured_by_lines(lines_of(sections, "conf.openntpd"));
      break;
    case TimeService::none:
      break;
  }
  if (facts.servers.empty()) {
    for (const auto& name : facts.configured.empty() ? fallback : facts.configured) {
      add(facts.servers, name, false);
    }
  }
}

}  // namespace

const char* to_string(TimeService service) noexcept {
  switch (service) {
    case TimeService::none:
      return "none";
    case TimeService::chrony:
      return "chrony";
    case TimeService::timesyncd:
      return "systemd-timesyncd";
    case TimeService::ntp:
      return "ntp";
    case TimeService::openntpd:
      return "openntpd";
  }
  return "none";
}

bool is_plausible(const ClockMeasurement& measured) noexcept {
  return std::llabs(measured.offset_us) <= k_most_us && std::llabs(measured.uncertainty_us.value_or(0)) <= k_most_us;
}

bool ClockFacts::has(std::string_view program) const noexcept {
  return std::find(programs.begin(), programs.end(), program) != programs.end();
}

Result<ClockFacts> parse_clock(std::string_view answer) {
  const Sections sections = split_sections(answer);
  if (!sections.contains("programs") || !sections.contains("end")) {
    return fail(ErrorCode::host_failed,
                "the answer to the question for its clock is not complete: its shell is not a POSIX shell, or was cut "
                "off");
  }
  ClockFacts facts;
  facts.programs = lines_of(sections, "programs");
  find_service(sections, facts);
  const Lines& timedatectl = lines_of(sections, "timedatectl");
  facts.time_zone = value(timedatectl, "Timezone");
  if (facts.time_zone.empty()) {
    facts.time_zone = first_line(sections, "zone");
  }
  if (const std::string synchronised = value(timedatectl, "NTPSynchronized"); !synchronised.empty()) {
    facts.synchronised = synchronised == "yes";
  }
  read_service(sections, facts);
  return facts;
}

}  // namespace cef::probe
