#include "cef/task/service.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "cef/core/shell.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

bool is_unit_name(const std::string& name) {
  return !name.empty() && name.size() <= 255 && name.front() != '-' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@") ==
             std::string::npos;
}

Result<std::vector<Unit>> read_units(const Host& host, const std::vector<std::string>& names) {
  const auto answer = host.run(
      "command -v systemctl >/dev/null && [ -d /run/systemd/system ] || { echo 'this host does not run systemd' >&2; "
      "exit 3; }\nTZ=UTC LC_ALL=C systemctl show --no-pager -p Id,LoadState,ActiveState,SubState,UnitFileState,MainPID,"
      "StateChangeTimestamp -- " +
      core::shell_join(names));
  if (!answer) {
    return fail(answer.error());
  }
  if (answer->exit_status != 0) {
    return fail(script_error("asking systemd", *answer));
  }
  auto units = parse_units(answer->out);
  if (units.size() != names.size()) {
    return fail(ErrorCode::host_failed, "systemd told of " + std::to_string(units.size()) + " units, asked for " +
                                            std::to_string(names.size()));
  }
  return units;
}

/// "Sat 2026-11-21 08:23:38 UTC" as "2026-11-21T08:23:38Z"; anything else as it is.
std::string to_rfc3339(const std::string& text) {
  std::istringstream words(text);
  std::string weekday;
  std::string date;
  std::string time;
  std::string zone;
  words >> weekday >> date >> time >> zone;
  return zone == "UTC" ? date + "T" + time + "Z" : text;
}

bool is_done(ServiceAction action, const Unit& unit) {
  switch (action) {
    case ServiceAction::status:
      return true;
    case ServiceAction::start:
      return unit.active == "active";
    case ServiceAction::stop:
      return unit.active == "inactive";
    case ServiceAction::restart:
      return false;
    case ServiceAction::enable:
      return unit.enabled == "enabled";
    case ServiceAction::disable:
      return unit.enabled == "disabled";
  }
  return false;
}

/// The first unit that is not as the action wants it.
Result<void> judge(ServiceAction action, const std::vector<Unit>& units) {
  for (const auto& unit : units) {  // first: nothing is done to the others then
    if (unit.load != "loaded") {
      return fail(ErrorCode::host_failed,
                  unit.name + (unit.load == "not-found" ? ": there is no such service" : " is " + unit.load));
    }
  }
  for (const auto& unit : units) {
    const bool wants_active =
        action == ServiceAction::status || action == ServiceAction::start || action == ServiceAction::restart;
    if (wants_active && unit.active != "active") {
      std::string logs = last_line(unit.last_logs);
      return fail(ErrorCode::host_failed, unit.name + " is " + unit.active + " (" + unit.sub + ")" +
                                              (logs.empty() ? "" : "; its journal ends with: " + logs));
    }
  }
  return {};
}

void read_logs(const Host& host, std::vector<Unit>& units) {
  for (auto& unit : units) {
    if (unit.active == "failed") {
      const auto logs = host.run_as_root("journalctl --no-pager -q -o cat -n 10 -u " + core::shell_quote(unit.name));
      unit.last_logs = logs && logs->exit_status == 0 ? logs->out : "";
    }
  }
}

}  // namespace

const char* to_string(ServiceAction action) noexcept {
  switch (action) {
    case ServiceAction::status:
      return "status";
    case ServiceAction::start:
      return "start";
    case ServiceAction::stop:
      return "stop";
    case ServiceAction::restart:
      return "restart";
    case ServiceAction::enable:
      return "enable";
    case ServiceAction::disable:
      return "disable";
  }
  return "status";
}

std::vector<Unit> parse_units(const std::string& text) {
  std::vector<Unit> units;
  std::istringstream lines(text);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) {
      inside = false;
      continue;
    }
    if (!inside) {
      units.emplace_back();
      inside = true;
    }
    const std::string key = line.substr(0, equals);
    const std::string value = line.substr(equals + 1);
    Unit& unit = units.back();
    if (key == "Id") {
      unit.name = value;
    } else if (key == "LoadState") {
      unit.load = value;
    } else if (key == "ActiveState") {
      unit.active = value;
    } else if (key == "SubState") {
      unit.sub = value;
    } else if (key == "UnitFileState") {
      unit.enabled = value;
    } else if (key == "MainPID") {
      std::from_chars(value.data(), value.data() + value.size(), unit.main_pid);
    } else if (key == "StateChangeTimestamp") {
      unit.since = to_rfc3339(value);
    }
  }
  return units;
}

Result<void> check_names(const std::vector<std::string>& units) {
  for (const auto& name : units) {
    if (!is_unit_name(name)) {
      return fail(ErrorCode::usage, "'" + name + "' is not the name of a service");
    }
  }
  return {};
}

Result<void> service(const Host& host, ServiceAction action, const std::vector<std::string>& units, bool check,
                     ServiceReport& report) {
  if (auto named = check_names(units); !named) {
    return named;
  }
  auto before = read_units(host, units);
  if (!before) {
    return fail(before.error());
  }
  report.units = std::move(*before);
  const bool known =
      std::all_of(report.units.begin(), report.units.end(), [](const Unit& unit) { return unit.load == "loaded"; });
  std::vector<std::string> open;
  for (const auto& unit : report.units) {
    if (!is_done(action, unit)) {
      open.push_back(unit.name);
    }
  }
  if (known && !open.empty() && check) {
    report.changed = true;
    return {};
  }
  if (known && !open.empty()) {
    const auto done = host.run_as_root(std::string("systemctl ") + to_string(action) + " -- " + core::shell_join(open));
    if (!done) {
      return fail(done.error());
    }
    auto after = read_units(host, units);
    if (!after) {
      return fail(after.error());
    }
    report.units = std::move(*after);
    report.changed = true;
    read_logs(host, report.units);
    if (auto good = judge(action, report.units); !good || done->exit_status == 0) {
      return good;
    }
    return fail(script_error(std::string("systemctl ") + to_string(action), *done));
  }
  return judge(action, report.units);
}

}  // namespace cef::task
