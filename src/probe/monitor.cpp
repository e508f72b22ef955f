#include "cef/probe/monitor.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "parts.hpp"

namespace cef::probe {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

// bound SECONDS COMMAND…  ends a command that hangs, where the node has `timeout` (old busybox wants -t).
// ask SECTION SECONDS COMMAND…  its output, then its exit status in $status, or "hung". The command runs aside and
// writes to a file: a process that the kernel cannot end (a wedged GPU driver, a dying disk) must not hold the answer.
constexpr std::string_view k_prologue = R"(LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/sbin:/sbin:/usr/local/bin:/opt/vc/bin; export PATH
exec 2>/dev/null
if timeout 1 true; then timeout='timeout'; elif timeout -t 1 true; then timeout='timeout -t'; else timeout=; fi
bound() { if [ -n "$timeout" ]; then $timeout "$@"; else shift; "$@"; fi; }
aside=
trap '[ -z "$aside" ] || rm -rf "$aside"' 0
trap 'exit 0' 1 2 13 15
ask() {
  section=$1; left=$(($2 * 20)); shift 2
  echo "@cef:$section"
  if [ -n "$aside" ]; then
    ( "$@" </dev/null >"$aside/$section" 2>&1; echo $? >"$aside/$section.status" ) >/dev/null &
    while [ ! -s "$aside/$section.status" ] && [ $left -gt 0 ]; do
      if sleep 0.05; then left=$((left - 1)); else sleep 1; left=$((left - 20)); fi
    done
    status=hung
    read -r status <"$aside/$section.status"
    cat "$aside/$section"
  else
    "$@" </dev/null 2>&1
    status=$?
  fi
  printf '\n@cef:%s.status\n%s\n' "$section" "$status"
}
)";

// First where no flash memory wears.
constexpr std::string_view k_make_aside =
    R"(aside=$(mktemp -d /dev/shm/cef.XXXXXX || mktemp -d "${TMPDIR:-/tmp}/cef.XXXXXX")
)";

/// "0.25", "2": no exponent, at most three decimals.
std::string decimal(double seconds) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed, 3).ptr;
  std::string result(text.data(), end);
  result.erase(result.find_last_not_of('0') + 1);
  if (result.ends_with('.')) {
    result.pop_back();
  }
  return result;
}

std::string reading(Metrics metrics, char number) {
  std::string script = std::string("echo @cef:uptime") + number + "; cat /proc/uptime\n";
  if (has(metrics, Metric::cpu)) {
    script += std::string("echo @cef:stat") + number + "; grep '^cpu' /proc/stat\n";
  }
  if (has(metrics, Metric::network)) {
    script += std::string("echo @cef:net") + number + "; cat /proc/net/dev\n";
  }
  return script;
}

bool is_read_twice(Metrics metrics) {
  return has(metrics, Metric::cpu) || has(metrics, Metric::network);
}

/// A `sleep` that takes whole seconds only is given them.
std::string two_readings(Metrics metrics, double interval_seconds) {
  constexpr double k_shortest = 0.05;
  constexpr double k_longest = 3600;
  const double interval = interval_seconds >= k_shortest ? std::min(interval_seconds, k_longest) : k_shortest;
  std::string sleep = "sleep " + decimal(interval);
  if (std::ceil(interval) != interval) {
    sleep += " || sleep " + decimal(std::ceil(interval));
  }
  return reading(metrics, '1') + sleep + "\n" + reading(metrics, '2');
}

struct Part {
  Metric metric;
  std::string_view (*shell)();
  const char* section;  ///< one that each answer has
};
constexpr std::array k_parts{
    Part{Metric::temperature, temperature_part, "zones"}, Part{Metric::cpu, cpu_part, "stat2"},
    Part{Metric::memory, memory_part, "memory"},          Part{Metric::disk, disk_part, "disk.status"},
    Part{Metric::network, network_part, "net2"},          Part{Metric::gpu, gpu_part, "gpu"},
};

double uptime(const Sections& sections, std::string_view section) {
  const std::string line = first_line(sections, section);
  return number<double>(std::string_view(line).substr(0, line.find(' '))).value_or(0);
}

}  // namespace

std::string monitor_fragment(Metrics metrics, double interval_seconds) {
  std::string script(k_prologue);
  script += "echo @cef:boot; grep '^btime ' /proc/stat\necho @cef:time; date +%s\n";
  if (is_read_twice(metrics)) {
    script += two_readings(metrics, interval_seconds);
  }
  if (has(metrics, Metric::disk) || has(metrics, Metric::gpu)) {
    script += k_make_aside;
  }
  for (const auto& part : k_parts) {
    if (has(metrics, part.metric)) {
      script += part.shell();
    }
  }
  return script + "echo @cef:end; exit 0";
}

Result<MonitorFacts> parse_monitor(std::string_view answer, Metrics metrics) {
  const Sections sections = split_sections(answer);
  const bool whole = sections.contains("end") && std::all_of(k_parts.begin(), k_parts.end(), [&](const Part& part) {
                       return !has(metrics, part.metric) || sections.contains(part.section);
                     });
  if (!whole) {
    return fail(ErrorCode::host_failed,
                "the answer to the question for its measurements is not complete: its shell is not a POSIX shell, or "
                "was cut off");
  }
  MonitorFacts facts;
  facts.asked = metrics;
  const std::string boot = first_line(sections, "boot");
  facts.boot_time = number<std::int64_t>(after(boot, "btime ").value_or("")).value_or(0);
  facts.time = number<std::int64_t>(first_line(sections, "time")).value_or(0);
  if (is_read_twice(metrics)) {
    facts.interval_seconds = std::max(0.0, uptime(sections, "uptime2") - uptime(sections, "uptime1"));
  }
  if (has(metrics, Metric::temperature)) {
    facts.temperature = parse_temperature(sections);
  }
  if (has(metrics, Metric::cpu)) {
    facts.cpu = parse_cpu(sections);
  }
  if (has(metrics, Metric::memory)) {
    facts.memory = parse_memory(sections);
  }
  if (has(metrics, Metric::disk)) {
    facts.disks = parse_disks(sections);
  }
  if (has(metrics, Metric::network)) {
    facts.interfaces = parse_interfaces(sections, facts.interval_seconds);
  }
  if (has(metrics, Metric::gpu)) {
    facts.gpu = parse_gpu(sections);
  }
  return facts;
}

}  // namespace cef::probe
