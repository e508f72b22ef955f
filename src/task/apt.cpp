#include "cef/task/apt.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <iterator>
#include <map>
#include <sstream>
#include <string_view>

#include "apt_script.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

using Sections = std::map<std::string, std::string>;

/// The text below each "==cef NAME" line.
Sections split_sections(const std::string& text) {
  Sections sections;
  std::istringstream lines(text);
  std::string* current = nullptr;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("==cef ", 0) == 0) {
      current = &sections[line.substr(6)];
    } else if (current != nullptr) {
      *current += line + "\n";
    }
  }
  return sections;
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

bool is_package(const std::string& name) {
  const std::string base = name.substr(0, name.find('='));
  return !base.empty() && base.size() < 128 && base.back() != '-' &&
         name.back() != '-' &&  // apt-get reads a trailing '-' as "remove"
         std::isalnum(static_cast<unsigned char>(base.front())) != 0 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.:~=") ==
             std::string::npos;
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

std::string first_line_with(const std::string& text, std::initializer_list<const char*> starts) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (std::any_of(starts.begin(), starts.end(), [&](const char* start) { return line.rfind(start, 0) == 0; })) {
      return line;
    }
  }
  return {};
}

void read_state(const Sections& sections, AptReport& report) {
  const auto get = [&](const char* name) {
    const auto found = sections.find(name);
    return found == sections.end() ? std::string() : found->second;
  };
  const AptPlan plan = parse_apt_plan(get("plan"));
  report.packages = plan.packages;
  report.held_back = plan.held_back;
  if (sections.contains("difference")) {
    report.packages = parse_package_difference(get("difference"));
  }
  report.broken = words(get("broken"));
  report.repaired = sections.contains("repaired");
  report.reboot_required = sections.contains("reboot-required");
  report.reboot_packages = words(get("reboot-required"));
  std::sort(report.reboot_packages.begin(), report.reboot_packages.end());
  report.reboot_packages.erase(std::unique(report.reboot_packages.begin(), report.reboot_packages.end()),
                               report.reboot_packages.end());
  const std::string age = get("lists-age");
  std::uint64_t seconds = 0;
  if (std::from_chars(age.data(), age.data() + age.size(), seconds).ec == std::errc{}) {
    report.lists_age_seconds = seconds;
  }
}

}  // namespace

const char* to_string(AptAction action) noexcept {
  switch (action) {
    case AptAction::list:
      return "list";
    case AptAction::update:
      return "update";
    case AptAction::upgrade:
      return "upgrade";
    case AptAction::install:
      return "install";
  }
  return "list";
}

AptPlan parse_apt_plan(const std::string& text) {
  AptPlan plan;
  std::istringstream lines(text);
  bool kept_back = false;
  for (std::string line; std::getline(lines, line);) {
    if (kept_back && line.rfind("  ", 0) == 0) {
      const auto more = words(line);
      plan.held_back.insert(plan.held_back.end(), more.begin(), more.end());
      continue;
    }
    kept_back = line.rfind("The following packages have been kept back", 0) == 0 ||
                line.rfind("The following upgrades have been deferred due to phasing", 0) == 0;  // of Ubuntu
    const bool remove = line.rfind("Remv ", 0) == 0;
    if (!remove && line.rfind("Inst ", 0) != 0) {
      continue;
    }
    // Inst NAME [OLD] (NEW ORIGIN [ARCH]), Inst NAME (NEW …), Remv NAME [OLD]; then may come the packages that are
    // broken until their turn comes: [] or [NAME ]
    const auto parts = words(line);
    PackageChange change;
    change.name = parts.size() > 1 ? parts[1] : "";
    for (std::size_t i = 2; i < parts.size() && i < 4; ++i) {
      if (i == 2 && parts[i].front() == '[' && parts[i].back() == ']') {
        change.from = parts[i].substr(1, parts[i].size() - 2);
      } else if (parts[i].front() == '(') {
        change.to = parts[i].substr(1, parts[i].find(')') - 1);
        break;
      }
    }
    if (!change.name.empty()) {
      plan.packages.push_back(std::move(change));
    }
  }
  return plan;
}

std::vector<PackageChange> parse_package_difference(const std::string& text) {
  std::map<std::string, PackageChange> changes;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const bool after = !line.empty() && line.front() == '\t';
    const auto parts = words(line);
    if (parts.size() == 2) {
      PackageChange& change = changes[parts[0]];
      change.name = parts[0];
      (after ? change.to : change.from) = parts[1];
    }
  }
  std::vector<PackageChange> list;
  for (auto& [name, change] : changes) {
    list.push_back(std::move(change));
  }
  return list;
}

std::string apt_trouble(const std::string& text) {
  std::string log = text;
  std::erase(log, '\r');  // dpkg writes to a terminal of its own
  if (contains(log, "dpkg was interrupted")) {
    return "dpkg was interrupted on this host earlier; run again with --repair";
  }
  // "Could not open lock file" is another thing: a disk that cannot be written.
  if (const std::string line = first_line_with(log, {"E: Could not get lock"}); !line.empty()) {
    return "another package manager is at work: " + line.substr(3) + "; wait longer with --lock-timeout";
  }
  if (const std::string line = first_line_with(log, {"E: Release file", "W: Release file"});
      contains(line, "is not valid yet")) {
    return line.substr(3) + " The clock of this host is behind: cef time sync";
  }
  if (contains(log, "No space left on device")) {
    return "no space is left on the host's disk";
  }
  if (contains(log, "error processing package") || contains(log, "Errors were encountered while processing")) {
    const std::string line = first_line_with(log, {"dpkg: error processing package", "dpkg: error processing archive"});
    std::istringstream lines(log);
    std::string last;  // the line before dpkg complains is the package's own
    for (std::string one; std::getline(lines, one) && one != line;) {
      last = one;
    }
    return (line.empty() ? last_line(log) : line) + (last.empty() ? "" : " (" + last + ")");
  }
  if (const std::string line = first_line_with(log, {"E: Failed to fetch ", "W: Failed to fetch "}); !line.empty()) {
    return "a mirror cannot be read: " + line.substr(std::string_view("E: Failed to fetch ").size());
  }
  if (const std::string line = first_line_with(log, {"E: "}); !line.empty()) {
    const std::size_t unmet = log.find("have unmet dependencies:\n ");
    const std::string first = unmet == std::string::npos ? "" : log.substr(log.find('\n', unmet) + 2);
    return line.substr(3) + (first.empty() ? "" : " (" + first.substr(0, first.find('\n')) + ")");
  }
  return last_line(log);
}

Result<void> check_names(const AptOptions& options) {
  for (const auto& name : options.packages) {
    if (!is_package(name)) {
      return fail(ErrorCode::usage, "'" + name + "' is not the name of a package; write NAME or NAME=VERSION");
    }
  }
  return {};
}

Result<void> apt(const Host& host, const AptOptions& options, AptReport& report) {
  if (auto named = check_names(options); !named) {
    return named;
  }
  const std::string script = apt_script(options);
  const auto answer =
      options.action == AptAction::list && !options.repair ? host.run(script) : host.run_as_root(script);
  if (!answer) {
    core::Error error = answer.error();
    if (error.code == ErrorCode::timeout || error.code == ErrorCode::unreachable) {
      error.message += "; what apt had begun goes on on the host";
    }
    return fail(std::move(error));
  }
  const Sections sections = split_sections(answer->out);
  read_state(sections, report);
  const bool wrote = !options.check && options.action != AptAction::list;
  const bool changes = options.action == AptAction::upgrade || options.action == AptAction::install;
  report.changed = report.repaired || (!report.packages.empty() && changes) ||
                   (wrote && options.action == AptAction::update && sections.contains("lists-changed"));
  if (answer->exit_status != 0) {
    if (!sections.contains("difference")) {
      report.packages.clear();
    }
    report.changed = report.repaired || !report.packages.empty();
    const auto trouble = sections.find("trouble");
    return fail(trouble == sections.end() ? script_error(std::string("apt ") + to_string(options.action), *answer)
                                          : core::Error{ErrorCode::host_failed, apt_trouble(trouble->second), {}});
  }
  return {};
}

}  // namespace cef::task
