#include "cef/report/apt.hpp"

namespace cef::report {

using core::Json;

namespace {

constexpr std::size_t k_packages_shown = 20;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

std::string change_text(const task::PackageChange& change) {
  return change.from.empty() ? change.name + " " + change.to + " (new)"
         : change.to.empty() ? change.name + " " + change.from + " (removed)"
                             : change.name + " " + change.from + " -> " + change.to;
}

std::string lists_read(const task::AptReport& report) {
  const auto& age = report.lists_age_seconds;
  return !age ? "-" : *age == 0 ? "now" : core::to_human(std::chrono::seconds(*age)) + " ago";
}

std::string details(const operation::AptHost& host) {
  const task::AptReport& report = host.report;
  std::string text;
  for (std::size_t i = 0; i < report.packages.size() && i < k_packages_shown; ++i) {
    text += "  " + printable(change_text(report.packages[i])) + "\n";
  }
  if (report.packages.size() > k_packages_shown) {
    text += "  and " + std::to_string(report.packages.size() - k_packages_shown) + " more; --json has them all\n";
  }
  for (const auto& [what, names] :
       {std::pair{"held back: ", &report.held_back},
        {"half installed: ", &report.broken},
        {report.rebooted ? "a reboot was asked for by: " : "a reboot is asked for by: ", &report.reboot_packages}}) {
    if (!names->empty()) {
      text += std::string("  ") + what + printable(joined(*names)) + "\n";
    }
  }
  return text.empty() ? "" : host.outcome.host + ":\n" + text;
}

}  // namespace

Json host_json(const operation::AptHost& host) {
  const task::AptReport& report = host.report;
  Json packages = Json::array();
  for (const auto& change : report.packages) {
    packages.push_back({{"name", change.name},
                        {"from", change.from.empty() ? Json(nullptr) : Json(change.from)},
                        {"to", change.to.empty() ? Json(nullptr) : Json(change.to)}});
  }
  return task_host_json(
      host.outcome, {{"changed", report.changed},
                     {"packages", std::move(packages)},
                     {"held_back", report.held_back},
                     {"broken", report.broken},
                     {"repaired", report.repaired},
                     {"lists_age_seconds", report.lists_age_seconds ? Json(*report.lists_age_seconds) : Json(nullptr)},
                     {"reboot_required", report.reboot_required},
                     {"reboot_packages", report.reboot_packages},
                     {"rebooted", report.rebooted}});
}

std::string apt_text(const operation::FleetResult<operation::AptHost>& result, task::AptAction action,
                     const Style& style) {
  const bool lists_only = action == task::AptAction::list || action == task::AptAction::update || result.check;
  Table table({{"HOST"},
               {"STATUS"},
               {lists_only ? "UPGRADABLE" : "PACKAGES", Align::right},
               {"HELD BACK", Align::right},
               {"LISTS READ", Align::right},
               {"REBOOT"},
               {"NOTE"}});
  std::string below;
  for (const auto& host : result.hosts) {
    const task::AptReport& report = host.report;
    const bool asked =
        host.outcome.status != fleet::Status::unreachable && host.outcome.status != fleet::Status::skipped;
    std::string note = error_text(host.outcome);
    if (report.repaired) {
      note = "dpkg was repaired" + (note.empty() ? "" : "; " + note);
    }
    table.add_row({host.outcome.host,
                   change_cell(host.outcome.status, report.changed, result.check),
                   asked ? std::to_string(report.packages.size()) : "-",
                   asked ? std::to_string(report.held_back.size()) : "-",
                   lists_read(report),
                   {report.rebooted          ? "done"
                    : report.reboot_required ? "needed"
                    : asked                  ? "no"
                                             : "-",
                    report.reboot_required ? Colour::yellow : Colour::none},
                   note});
    below += details(host);
  }
  return table.str(style) + below + summary_text(summarise(result), style);
}

}  // namespace cef::report
