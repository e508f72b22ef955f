#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "cef/core/shell.hpp"
#include "cef/task/apt.hpp"
#include "cef/task/time.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;
using probe::TimeService;

namespace {

constexpr std::int64_t k_slewed_us = 400'000;  // of systemd-timesyncd: NTP_MAX_ADJUST
constexpr const char* k_no_program = "it has no program that sets the clock; --install-chrony installs chrony";

bool is_right(const probe::ClockMeasurement& measured, std::chrono::microseconds tolerance) {
  return std::llabs(measured.offset_us) <=
         std::max<std::int64_t>(tolerance.count(), measured.uncertainty_us.value_or(0));
}

bool is_configured(const probe::ClockFacts& clock, const std::string& server) {
  return std::find(clock.configured.begin(), clock.configured.end(), server) != clock.configured.end();
}

/// Whether a server that is given is written into the service's configuration. ntpd's stays as its owner wrote it.
bool wants_configuration(const probe::ClockFacts& clock, const std::string& server) {
  const bool keeps = clock.service == TimeService::timesyncd || clock.service == TimeService::chrony;
  return keeps && !server.empty() && !is_configured(clock, server);
}

bool can_step_once(const probe::ClockFacts& clock) {
  return clock.has("ntpdate") || clock.has("ntpdig");
}

Result<void> as_root(const Host& host, const std::string& what, const std::string& script) {
  const auto done = host.run_as_root("LC_ALL=C; export LC_ALL; PATH=$PATH:/usr/sbin:/sbin\n" + script);
  if (!done) {
    return fail(done.error());
  }
  if (done->exit_status != 0) {
    return fail(script_error(what, *done));
  }
  return {};
}

/// Writes a file whole, with its folder. The text's last line ends.
std::string write_file(const std::string& path, const std::string& text) {
  const std::string aside = core::shell_quote(path + ".new");
  return "mkdir -p " + core::shell_quote(path.substr(0, path.rfind('/'))) + " && printf %s " + core::shell_quote(text) +
         " >" + aside + " && chmod 644 " + aside + " && mv " + aside + " " + core::shell_quote(path) + " || exit 3\n";
}

/// What is to be done, one entry each: how it is told, and the script for root.
struct Step {
  std::string text;
  std::string script;
};

/// A source for good where chrony reads a folder of sources, else until it is restarted.
Step chrony_server(const std::string& server, bool running) {
  const std::string quoted = core::shell_quote(server);
  std::string script =
      "folder=$(cat /etc/chrony/chrony.conf /etc/chrony.conf 2>/dev/null | sed -n 's#^[[:space:]]*sourcedir[[:space:]]*"
      "\\(/etc/.*[^[:space:]]\\)[[:space:]]*$#\\1#p' | head -n 1)\n"
      "if [ -n \"$folder\" ]; then\n  mkdir -p \"$folder\" && printf 'server %s iburst\\n' " +
      quoted +
      " >\"$folder/cef.sources.new\" && chmod 644 \"$folder/cef.sources.new\" && "
      "mv \"$folder/cef.sources.new\" \"$folder/cef.sources\" || exit 3\n";
  script += running ? "  chronyc reload sources >/dev/null || exit 3\nelse\n  chronyc add server " + quoted +
                          " iburst >/dev/null || exit 3\nfi\n"
                    : "else\n  echo 'chrony.conf names no folder of sources (sourcedir)' >&2; exit 3\nfi\n";
  return {"make " + server + " a source of chrony", script};
}

/// New samples, then the step: what chronyd knew before may be of another time.
Step chrony_step() {
  return {"step the clock by chronyc makestep",
          R"sh(bursting() { chronyc -n -c activity | awk -F, '{ exit !($3 + $4 > 0) }'; }
chronyc -n burst 3/6 >/dev/null || exit 3
sleep 1
n=0; while bursting && [ $n -lt 40 ]; do sleep 0.5; n=$((n + 1)); done
chronyc -n waitsync 10 0 0 1 >/dev/null || { echo 'chronyd could choose none of its servers' >&2; exit 4; }
chronyc -n makestep >/dev/null || exit 3
sleep 0.5)sh"};
}

Step chrony_once(const std::string& server) {
  return {"set the clock once by chronyd -q",
          "out=$(timeout 40 chronyd -q -t 20 " + core::shell_quote("server " + server + " iburst") +
              " 2>&1) || { printf '%s\\n' \"$out\" | grep -v exiting >&2; exit 4; }"};
}

Step timesyncd_server(const std::string& server) {
  return {"write /etc/systemd/timesyncd.conf.d/cef.conf with NTP=" + server,
          write_file("/etc/systemd/timesyncd.conf.d/cef.conf",
                     "# Written by cef time sync.\n[Time]\nNTP=\nNTP=" + server + "\n")};
}

/// timesyncd itself steps only what is above 0.4 s; the rest it would slew for minutes.
Step timesyncd_restart(std::int64_t offset_us) {
  std::array<char, 64> shift{};
  std::snprintf(shift.data(), shift.size(), "%+.6f seconds", static_cast<double>(offset_us) / 1e6);
  const std::string step =
      offset_us == 0 || std::llabs(offset_us) > k_slewed_us
          ? ""
          : "systemctl stop systemd-timesyncd\ndate -s '" + std::string(shift.data()) + "' >/dev/null 2>&1\n";
  return {
      "restart systemd-timesyncd, which then sets the clock",
      "systemctl enable systemd-timesyncd >/dev/null 2>&1\n" + step +
          R"sh(said=$(systemctl restart systemd-timesyncd 2>&1) || { printf '%s\n' "$said" | grep -v '^See ' >&2; exit 3; }
n=0; until timedatectl show-timesync -p NTPMessage 2>/dev/null | grep -q 'Stratum='; do
  n=$((n + 1)); [ $n -lt 60 ] || { echo 'systemd-timesyncd heard nothing of its server for 30 s' >&2; exit 4; }; sleep 0.5
done
sleep 0.5)sh"};
}

Step ntp_once(const probe::ClockFacts& clock, const std::string& server) {
  const std::string quoted = core::shell_quote(server);
  if (clock.has("ntpdate")) {
    return {"step the clock by ntpdate -b", "timeout 30 ntpdate -u -b " + quoted + " >&2"};
  }
  if (clock.has("ntpdig")) {
    return {"step the clock by ntpdig -S", "timeout 30 ntpdig -S " + quoted + " >&2"};
  }
  return {"set the clock once by ntpd -gq",
          "unit=; for u in ntpsec ntp; do systemctl -q is-active $u 2>/dev/null && unit=$u && "
          "systemctl stop $u; done\nconf=$(mktemp) && printf 'server %s iburst\\n' " +
              quoted +
              " >\"$conf\"\ntimeout 40 ntpd -gq -n -c \"$conf\" >&2; code=$?\n"
              "rm -f \"$conf\"; [ -z \"$unit\" ] || systemctl start $unit\nexit $code"};
}

std::vector<Step> plan(const probe::ClockFacts& clock, const std::string& wanted,
                       const probe::ClockMeasurement& measured, std::chrono::microseconds tolerance) {
  std::vector<Step> steps;
  const bool configure = wants_configuration(clock, wanted);
  const bool right = is_right(measured, tolerance);
  if (clock.service == TimeService::chrony) {
    if (configure) {
      steps.push_back(chrony_server(wanted, clock.running));
    }
    if (!right) {
      steps.push_back(clock.running ? chrony_step() : chrony_once(measured.server));
    }
  } else if (clock.service == TimeService::timesyncd) {
    if (configure) {
      steps.push_back(timesyncd_server(wanted));
    }
    if (configure || !right) {
      steps.push_back(timesyncd_restart(right ? 0 : measured.offset_us));
    }
  } else if (!right) {
    steps.push_back(ntp_once(clock, measured.server));
  }
  return steps;
}

/// apt takes no lists that are newer than now, and TLS no certificate: a clock that is far off is set roughly first.
Result<void> set_roughly(const Host& host, std::int64_t offset_us) {
  constexpr std::int64_t k_rough_us = 10'000'000;
  if (std::llabs(offset_us) < k_rough_us) {
    return {};
  }
  return as_root(host, "setting the clock by date",
                 "date -s \"@$(($(date +%s) + " + std::to_string(offset_us / 1'000'000) + "))\" >/dev/null");
}

/// With the package lists that are there, and only then with new ones.
Result<void> install_chrony(const Host& host) {
  AptOptions options;
  options.action = AptAction::install;
  options.packages = {"chrony"};
  options.update_lists = false;
  AptReport first;
  if (apt(host, options, first)) {
    return {};
  }
  options.update_lists = true;
  AptReport second;
  return apt(host, options, second);
}

/// Why the host's clock cannot be set with what it has; empty when it can.
std::string obstacle(const probe::ClockFacts& clock) {
  if (clock.service == TimeService::none && !can_step_once(clock)) {
    return k_no_program;
  }
  if (clock.service == TimeService::openntpd && !can_step_once(clock)) {
    return "it has openntpd, which can only slew the clock; --install-chrony puts chrony in its place";
  }
  return {};
}

Result<void> check_server(const TimeReport& report) {
  if (!report.measurement) {
    return fail(ErrorCode::host_failed, "it has no time server; name one with --server");
  }
  return {};
}

/// The state before, and chrony where it was wanted and there is nothing else.
Result<void> prepare(const Host& host, const TimeSyncOptions& options, TimeSyncReport& report, TimeReport& now) {
  const auto asked = time_status(host, options.server, report.before);
  const std::string why_not = report.before.clock.programs.empty() ? "" : obstacle(report.before.clock);
  now = report.before;
  if (why_not.empty() || !asked) {
    return asked ? check_server(now) : asked;
  }
  if (!options.install_chrony) {
    return fail(ErrorCode::host_failed, why_not);
  }
  if (!options.check) {
    if (auto set = now.measurement ? set_roughly(host, now.measurement->offset_us) : Result<void>(); !set) {
      return set;
    }
    if (auto installed = install_chrony(host); !installed) {
      return installed;
    }
  }
  report.actions.emplace_back("install chrony");
  report.changed = true;
  if (options.check) {
    now.measurement.reset();
    return {};
  }
  now = {};
  const auto again = time_status(host, options.server, now);
  return again ? check_server(now) : again;
}

/// The clock as it is now. date may be held up between reading the clock and setting it: then once more.
Result<void> look_again(const Host& host, const TimeSyncOptions& options, TimeReport& end) {
  const auto asked = time_status(host, options.server, end);
  const bool slews = asked && end.clock.service == TimeService::timesyncd && end.measurement &&
                     !is_right(*end.measurement, options.tolerance);
  if (!slews || std::llabs(end.measurement->offset_us) > k_slewed_us) {
    return asked;
  }
  const Step step = timesyncd_restart(end.measurement->offset_us);
  if (auto done = as_root(host, step.text, step.script); !done) {
    return done;
  }
  end = {};
  return time_status(host, options.server, end);
}

Result<void> judge(const TimeSyncOptions& options, const TimeReport& end, TimeSyncReport& report) {
  report.after = end.measurement;
  if (end.clock.service == TimeService::chrony && !end.clock.running) {
    report.actions.emplace_back("chrony does not run and will not keep the clock");
  }
  if (!end.measurement || is_right(*end.measurement, options.tolerance)) {
    return {};
  }
  if (end.clock.service == TimeService::timesyncd && std::llabs(end.measurement->offset_us) <= k_slewed_us) {
    report.actions.emplace_back("systemd-timesyncd slews the rest");
    return {};
  }
  return fail(ErrorCode::host_failed, "its clock is still " + offset_text(end.measurement->offset_us) +
                                          " after it was set, says " + end.measurement->server);
}

}  // namespace

Result<void> time_sync(const Host& host, const TimeSyncOptions& options, TimeSyncReport& report) {
  TimeReport now;
  if (auto ready = prepare(host, options, report, now); !ready) {
    return ready;
  }
  if (!now.measurement) {
    return {};  // a check of a host that chrony would be installed on
  }
  const auto steps = plan(now.clock, options.server, *now.measurement, options.tolerance);
  for (const auto& step : steps) {
    if (!options.check) {
      if (auto done = as_root(host, step.text, step.script); !done) {
        return done;
      }
    }
    report.actions.push_back(step.text);
    report.changed = true;
  }
  if (options.check) {
    return {};
  }
  if (!report.changed) {
    report.after = now.measurement;
    return {};
  }
  TimeReport end;
  if (auto asked = look_again(host, options, end); !asked) {
    return asked;
  }
  return judge(options, end, report);
}

}  // namespace cef::task
