#include "apt_task.hpp"

#include <algorithm>
#include <cstdlib>

#include "cef/core/shell.hpp"
#include "command.hpp"
#include "package_family.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

void add_text(Json& result, const char* name, const std::string& text) {
  const std::string valid = valid_text(text);
  result[name] = valid;
  result[std::string(name) + "_lines"] = split_lines(valid);
}

long long number(const std::string& text) {
  return std::atoll(text.c_str());
}

}  // namespace

Json apt_diff(const std::string& out) {
  const std::vector<std::string> lines = split_lines(out);
  const auto start = std::find(lines.begin(), lines.end(), "Reading state information...");
  std::string text;
  for (auto line = start == lines.end() ? lines.begin() : start + 1; line != lines.end(); ++line) {
    text += (text.empty() ? "" : "\n") + *line;
    const std::size_t digits = line->find_first_not_of("0123456789");
    if (digits != 0 && digits != std::string::npos &&
        (line->compare(digits, 9, " upgraded") == 0 || line->compare(digits, 18, " packages upgraded") == 0)) {
      break;
    }
  }
  return {{"prepared", text}};
}

AptAnswer read_apt_head(Fields& fields) {
  AptAnswer answer;
  const std::string first = fields.next();
  if (first == "none") {
    answer.word = first;
    return answer;
  }
  answer.update = first;
  answer.said = fields.next();
  answer.before = number(fields.next());
  answer.after = number(fields.next());
  return answer;
}

std::optional<Json> AptAnswer::refusal() const {
  if (!word.empty()) {
    return failure("this host has no apt-get: the module apt is for Debian and its like");
  }
  if (update != "failed" && update != "locked") {
    return std::nullopt;
  }
  std::string lines;
  for (const std::string& line : split_lines(said)) {
    if (line.starts_with("E: ") || line.starts_with("W: ")) {
      lines += (lines.empty() ? "" : ", ") + line.substr(0, 2) + line.substr(3);
    }
  }
  const std::string why = lines.empty() ? "unknown reason" : valid_text(lines);
  return failure(
      (update == "locked" ? "Failed to lock apt for exclusive operation: " : "Failed to update apt cache: ") + why);
}

std::string policy_script(const Call& call) {
  if (!call.given("policy_rc_d") || call.check) {
    return "";
  }
  return "q=/usr/sbin/policy-rc.d\n"
         "if [ -e $q ]; then mv $q \"$d/policy\" || exit 1; fi\n"
         "trap 'rm -f $q; [ ! -e \"$d/policy\" ] || mv \"$d/policy\" $q; rm -rf \"$d\"' EXIT\n"
         "printf '#!/bin/sh\\nexit %s\\n' " +
         call.text("policy_rc_d") + " >$q && chmod 0755 $q\n";
}

/// `shown` is the command as Ansible writes it; its words are what runs.
std::string Apt::command_script(const std::string& shown, const std::string& after) const {
  auto words = split_words(shown);
  if (!words || words->empty()) {
    return "exit 1\n";
  }
  if (words->front() == k_apt_get) {
    words->front() = "apt-get";
  }
  return policy_script(call_) + "apt " + core::shell_join(*words) +
         "; r=$?\nprintf '%s\\0' $r; cat \"$d/out\"; printf '\\0'; cat \"$d/err\"; printf '\\0'\n" + after;
}

Result<AptAnswer> Apt::execute(const std::string& shown, const std::string& after) const {
  const auto ran = call_.run(head() + command_script(shown, after));
  if (!ran) {
    return fail(ran.error());
  }
  Fields fields(ran->out);
  AptAnswer answer = read_apt_head(fields);
  const std::string status = fields.next();
  answer.status = status.empty() ? 1 : std::atoi(status.c_str());
  answer.out = fields.next();
  answer.err = fields.next();
  if (answer.word.empty() && status.empty() && answer.update != "failed" && answer.update != "locked") {
    answer.err = task::script_error("apt-get", *ran).message;
  }
  return answer;
}

Result<Json> Apt::clean() const {
  const auto answer = execute("apt-get clean" + (call_.check ? std::string(" --simulate") : ""));
  if (!answer) {
    return fail(answer.error());
  }
  if (auto refused = answer->refusal()) {
    return *refused;
  }
  if (answer->status != 0 || !answer->err.empty()) {
    Json failed = failure("apt-get clean failed" + (answer->status == 0 ? ": " + valid_text(answer->err) : ""));
    add_text(failed, "stdout", answer->out);
    failed["rc"] = answer->status;
    return failed;
  }
  Json result = {{"changed", true}, {"msg", valid_text(answer->out)}};
  add_output(result, answer->out, answer->err);
  return result;
}

Result<Json> Apt::upgrade(const std::string& mode) const {
  const std::string autoremove = flag("autoremove", "--auto-remove");
  const std::string what =
      mode == "dist" || mode == "full" ? "dist-upgrade " + autoremove : "upgrade --with-new-pkgs " + autoremove;
  std::string shown = std::string(k_apt_get) + " -y " + dpkg_options_ + " " + flag("force", "--force-yes") + " " +
                      flag("fail_on_autoremove", "--no-remove") + " " +
                      flag("allow_unauthenticated", "--allow-unauthenticated") + " " +
                      flag("allow_downgrade", "--allow-downgrades") + " " + simulate() + " " + what;
  if (call_.given("default_release")) {
    shown += " -t '" + call_.text("default_release") + "'";
  }
  const auto answer = execute(shown);
  if (!answer) {
    return fail(answer.error());
  }
  if (auto refused = answer->refusal()) {
    return *refused;
  }
  if (answer->status != 0) {
    Json failed = failure(std::string("'") + k_apt_get + " " + what + "' failed: " + valid_text(answer->err));
    add_text(failed, "stdout", answer->out);
    failed["rc"] = answer->status;
    return failed;
  }
  const bool none = answer->out.find(k_apt_zero) != std::string::npos;
  Json result = {{"changed", !none}, {"msg", valid_text(answer->out)}};
  add_output(result, answer->out, answer->err);
  if (!none) {
    result["diff"] = call_.diff ? apt_diff(answer->out) : Json::object();
  }
  return result;
}

Result<Json> Apt::cleanup(const std::string& operation) const {
  const auto answer = execute(std::string(k_apt_get) + " -y " + dpkg_options_ + " " + flag("purge", "--purge") + " " +
                              flag("force", "--force-yes") + " " + operation + " " + simulate());
  if (!answer) {
    return fail(answer.error());
  }
  if (auto refused = answer->refusal()) {
    return *refused;
  }
  if (answer->status != 0) {
    Json failed = failure("'apt-get " + operation + "' failed: " + valid_text(answer->err));
    add_output(failed, answer->out, answer->err);
    failed["rc"] = answer->status;
    return failed;
  }
  const char* mark = operation == "autoremove" ? "The following packages will be REMOVED" : "Del ";
  Json result = {{"changed", answer->out.find(mark) != std::string::npos}};
  add_output(result, answer->out, answer->err);
  result["diff"] = call_.diff ? apt_diff(answer->out) : Json::object();
  return result;
}

Result<Json> Apt::only_update() const {
  const auto ran = call_.run(head());
  if (!ran) {
    return fail(ran.error());
  }
  Fields fields(ran->out);
  const AptAnswer answer = read_apt_head(fields);
  if (auto refused = answer.refusal()) {
    return *refused;
  }
  Json result = {{"changed", answer.updated()}};
  return with_times(std::move(result), answer);
}

Result<Json> Apt::run() {
  const std::string upgrade_mode = call_.text("upgrade");
  const bool upgrades = upgrade_mode != "no";
  std::vector<std::string> names;
  bool everything = false;
  if (call_.given("package")) {
    for (const Json& item : call_.args.at("package")) {
      const std::string name = item.is_string() ? item.get<std::string>() : item.dump();
      everything = everything || name == "*";
      const std::size_t begin = name.find_first_not_of(" \t\n");
      if (name != "*" && begin != std::string::npos) {
        names.push_back(strip_end(name.substr(begin), " \t\n"));
      }
    }
  }
  if (call_.flag("clean")) {
    auto cleaned = clean();
    if (!cleaned || cleaned->contains("failed") || (names.empty() && !everything && !upgrades && !call_.given("deb"))) {
      return cleaned;
    }
  }
  update_.valid_seconds = call_.args.at("cache_valid_time").get<long long>();
  update_.wanted = call_.flag("update_cache") || update_.valid_seconds != 0;
  update_.retries = call_.args.at("update_cache_retries").get<long long>();
  update_.longest_delay = call_.args.at("update_cache_retry_max_delay").get<long long>();
  update_.check = call_.check;
  if (update_.wanted && names.empty() && !everything && !upgrades && !call_.given("deb")) {
    return only_update();
  }
  if (upgrades) {
    return upgrade(upgrade_mode);
  }
  if (call_.given("deb")) {
    return deb();
  }
  if (everything && call_.text("state") == "latest") {
    return names.empty() ? upgrade("yes")
                         : failure("unable to install additional packages when upgrading all installed packages");
  }
  for (const std::string& name : names) {
    if (std::count(name.begin(), name.end(), '=') > 1) {
      return failure("invalid package spec: " + name);
    }
  }
  if (names.empty() && (call_.flag("autoclean") || call_.flag("autoremove"))) {
    return cleanup(call_.flag("autoclean") ? "autoclean" : "autoremove");
  }
  if (names.empty()) {
    auto result = only_update();
    if (result && !result->contains("failed") && call_.text("state") == "absent") {
      return Json{{"changed", false}};
    }
    if (result && !result->contains("failed")) {
      (*result)["changed"] = false;
    }
    return result;
  }
  return packages(std::move(names));
}

Result<Json> run_apt(const Call& call) {
  return Apt(call).run();
}

}  // namespace cef::modules
