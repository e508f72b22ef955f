#include <cctype>

#include "crontab.hpp"
#include "system_family.hpp"
#include "system_script.hpp"
#include "text.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

constexpr const char* k_cron_functions = R"sh(
need crontab
table() {
  if [ -n "$user" ] && [ "$user" != "$(id -un)" ]; then crontab -u "$user" "$@"; else crontab "$@"; fi
}
)sh";

constexpr const char* k_read = R"sh(
if [ -n "$file" ]; then
  say path "$file"
  if [ -e "$file" ]; then
    [ -r "$file" ] || give_up "Unable to read crontab $file"
    out=$(cat -- "$file"; echo x); say text "${out%?}"; say there 1
  fi
else
  try table -l
  [ $rc -le 1 ] || give_up 'Unable to read crontab'
  say text "$out"
fi
)sh";

constexpr const char* k_write = R"sh(
[ -n "$remove" ] || receive "$size"
if [ -n "$backup" ]; then
  b=$(mktemp "${TMPDIR:-/tmp}/crontabXXXXXXXX") || give_up 'no temporary file could be made'
  if [ -z "$file" ]; then table -l >"$b" 2>/dev/null; elif [ -e "$file" ]; then cat -- "$file" >"$b"; fi
  say backup "$b"
fi
if [ -n "$remove" ]; then
  m=$(rm -f -- "$file" 2>&1) || give_up "$m"
elif [ -n "$file" ]; then
  put "$file"
else
  try table "$w/new"; [ $rc = 0 ] || give_up "$err"
fi
)sh";

std::string file_word(const Call& call) {
  const std::string file = call.text("cron_file");
  if (file.empty()) {
    return "file=\n";
  }
  const bool absolute = file.starts_with("/") || file.starts_with("~") || file.starts_with("$");
  return "file=" + path_word(absolute ? file : "/etc/cron.d/" + file) + "\n";
}

/// What is wrong with the arguments.
std::string refusal(const Call& call) {
  bool any_time = false;
  for (const char* name : {"minute", "hour", "day", "month", "weekday"}) {
    any_time = any_time || call.text(name) != "*";
  }
  if (call.text("cron_file") == "/etc/crontab") {
    return "Will not manage /etc/crontab via cron_file, see documentation.";
  }
  if (call.given("special_time") && any_time) {
    return "You must specify time and date fields or special time.";
  }
  const bool env = call.flag("env");
  if (call.text("state") == "present") {
    if (call.given("cron_file") && call.text("user").empty()) {
      return "To use cron_file=... parameter you must specify user=... as well";
    }
    if (!call.given("job")) {
      return "You must specify 'job' to install a new cron job or variable";
    }
    if ((call.given("insertafter") || call.given("insertbefore")) && !env) {
      return "Insertafter and insertbefore parameters are valid only with env=yes";
    }
  }
  return env && call.text("name").find(' ') != std::string::npos ? "Invalid name for environment variable" : "";
}

std::string stripped_job(const Call& call) {
  std::string job = strip_end(call.text("job"), "\r\n");
  job.erase(0, std::min(job.find_first_not_of("\r\n"), job.size()));
  return job;
}

std::string job_line(const Call& call) {
  std::string line = call.flag("disabled") ? "#" : "";
  if (call.given("special_time")) {
    line += "@" + call.text("special_time");
  } else {
    for (const char* name : {"minute", "hour", "day", "month", "weekday"}) {
      line += (line.empty() || line == "#" ? "" : " ") + call.text(name);
    }
  }
  return line + " " + (call.given("cron_file") ? call.text("user") + " " : "") + stripped_job(call);
}

std::vector<std::string> warnings_of(const Call& call) {
  std::vector<std::string> warnings;
  const std::string file = call.text("cron_file");
  const std::string name = file.substr(file.rfind('/') == std::string::npos ? 0 : file.rfind('/') + 1);
  bool plain = !name.empty();
  for (const char c : name) {
    plain = plain && (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-');
  }
  if (!file.empty() && !plain) {
    warnings.push_back("Filename portion of cron_file (\"" + name +
                       "\") should consist solely of upper- and lower-case letters, digits, underscores, and hyphens");
  }
  if (!call.flag("env") && call.text("state") == "present" &&
      stripped_job(call).find_first_of("\r\n") != std::string::npos) {
    warnings.emplace_back("Job should not contain line breaks");
  }
  return warnings;
}

struct Edit {
  bool changed = false;
  bool remove_file = false;
  std::string failure{};
};

Edit edit_variable(const Call& call, Crontab& table) {
  const std::string name = call.text("name");
  const auto now = table.find_variable(name);
  if (call.text("state") == "absent") {
    table.update_variable(name, std::nullopt);
    return {now.has_value()};
  }
  const std::string declaration = name + "=\"" + call.text("job") + "\"";
  if (now) {
    table.update_variable(name, *now == declaration ? *now : declaration);
    return {*now != declaration};
  }
  const std::string after = call.text("insertafter");
  const std::string before = call.text("insertbefore");
  return table.add_variable(declaration, after, before)
             ? Edit{true}
             : Edit{false, false, "Variable named '" + (after.empty() ? before : after) + "' not found."};
}

Edit edit_job(const Call& call, Crontab& table) {
  const std::string name = call.text("name");
  if (call.text("state") == "absent") {
    const bool there = table.find_job(name).has_value();
    if (there) {
      table.update_job(name, std::nullopt);
    }
    return {there, there && call.given("cron_file") && table.empty()};
  }
  const std::string job = job_line(call);
  const auto now = table.find_job(name, job);
  if (!now) {
    table.add_job(name, job);
    return {true};
  }
  if (now->line != job || now->renamed) {
    table.update_job(name, job);
    return {true};
  }
  return {};
}

Json diff_of(const Call& call, const Answers& seen, const Crontab& table, bool removed) {
  const std::string user = call.text("user");
  const std::string header = seen.has("path") ? seen.text("path")
                             : user.empty()   ? std::string("crontab")
                                              : "crontab for user \"" + user + "\"";
  return {{"before", valid_text(table.before())},
          {"after", removed ? "" : valid_text(table.render())},
          {"before_header", header},
          {"after_header", removed ? "/dev/null" : header}};
}

}  // namespace

Result<Json> run_cron(const Call& call) {
  if (const std::string why = refusal(call); !why.empty()) {
    return failure(why);
  }
  const std::string start = assign_parameters(call, {"user"}) + file_word(call) + k_cron_functions;
  const auto seen = ask(call, start + k_read);
  if (!seen) {
    return fail(seen.error());
  }
  if (seen->has("fail")) {
    return seen->failed();
  }
  Crontab table(seen->text("text"), !call.given("cron_file"));
  Edit edit = call.flag("env") ? edit_variable(call, table) : edit_job(call, table);
  if (!edit.failure.empty()) {
    return failure(edit.failure);
  }
  const std::string& before = table.before();
  edit.changed = edit.changed || (!before.empty() && !before.ends_with('\n') && !before.ends_with('\r'));
  Json result = {{"changed", edit.changed}};
  if (edit.remove_file) {
    result["state"] = call.text("state");
    result["diff"] = call.diff ? diff_of(call, *seen, table, true) : Json::object();
  } else {
    result["jobs"] = table.jobs();
    result["envs"] = table.variables();
    if (call.diff && edit.changed) {
      result["diff"] = diff_of(call, *seen, table, false);
    }
    add_warnings(result, warnings_of(call));
  }
  if (call.given("cron_file")) {
    result["cron_file"] = call.text("cron_file");
  }
  if (edit.changed && !call.check) {
    const std::string text = edit.remove_file ? "" : table.render();
    const auto written =
        ask(call,
            start + assign("remove", edit.remove_file ? "1" : "") + assign("size", std::to_string(text.size())) +
                assign("backup", call.flag("backup") ? "1" : "") + k_write,
            text);
    if (!written) {
      return fail(written.error());
    }
    if (written->has("fail")) {
      return written->failed();
    }
    if (written->has("backup") && !edit.remove_file) {
      result["backup_file"] = written->text("backup");
    }
  }
  return result;
}

}  // namespace cef::modules
