#include "file_task.hpp"

#include <cmath>

#include "cef/core/shell.hpp"
#include "file_family.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

/// Minutes of a stamp in a format of strptime, as `touch -t` wants them; "" when it does not fit.
std::string touch_stamp(const std::string& text, const std::string& format) {
  std::tm when{};
  when.tm_mday = 1;
  const char* end = ::strptime(text.c_str(), format.c_str(), &when);
  if (end == nullptr || *end != '\0') {
    return "";
  }
  std::array<char, 32> stamp{};
  return std::strftime(stamp.data(), stamp.size(), "%Y%m%d%H%M.%S", &when) == 0 ? "" : stamp.data();
}

std::string date_text(const std::string& stamp) {  // "202601021530.00" → "2026-01-02 15:30:00"
  return stamp.substr(0, 4) + "-" + stamp.substr(4, 2) + "-" + stamp.substr(6, 2) + " " + stamp.substr(8, 2) + ":" +
         stamp.substr(10, 2) + ":" + stamp.substr(13, 2);
}

std::optional<Json> read_time(const Call& call, const char* name, const std::string& state, WantedTime& time) {
  std::string text = call.text(name);
  if (text.empty()) {
    text = state == "touch" ? "now" : "preserve";
  }
  time.kind = text == "now"        ? WantedTime::Kind::now
              : text == "preserve" ? WantedTime::Kind::keep
                                   : WantedTime::Kind::at;
  if (time.kind == WantedTime::Kind::at) {
    const std::string format = call.text((std::string(name) + "_format").c_str());
    time.stamp = touch_stamp(text, format);
    if (time.stamp.empty()) {
      return failure("Error while obtaining timestamp for time " + text + " using format " + format + ": time data '" +
                     text + "' does not match format '" + format + "'");
    }
  }
  return std::nullopt;
}

/// What only some states want to know: the source, what is in the folder, how late it is.
std::string extra_script(const Call& call, const WantedTime& modification, const WantedTime& access) {
  std::string script;
  const std::string src = call.given("src") ? path_word(call.text("src")) : "''";
  script += "s=" + src + "; [ -n \"$s\" ] || [ ! -L \"$p\" ] || s=$(readlink -- \"$p\")\n";
  script += call.text("state") == "hard"
                ? "a=$s\n"
                : "case $s in /*) a=$s ;; *) if [ ! -L \"$p\" ] && [ -d \"$p\" ]; then a=$p/$s; else case $p in */*) "
                  "a=${p%/*}/$s ;; *) a=$s ;; esac; fi ;; esac\n";
  script +=
      "e=; i=; if [ -n \"$s\" ] && [ -e \"$a\" ]; then e=1; i=$(stat -L -c %i -- \"$a\"); fi\n"
      "printf '%s\\0%s\\0%s\\0%s\\0' \"$s\" \"$a\" \"$e\" \"$i\"\n";
  script += call.text("state") == "link"
                ? "e=; [ ! -d \"$p\" ] || e=$(ls -A -- \"$p\" 2>/dev/null | head -n 1); printf '%s\\0' \"$e\"\n"
                : "printf '\\0'\n";
  for (const WantedTime* time : {&modification, &access}) {
    script += time->kind == WantedTime::Kind::at
                  ? "printf '%s\\0' \"$(date -d " + core::shell_quote(date_text(time->stamp)) + " +%s)\"\n"
                  : "printf '\\0'\n";
  }
  const bool now = modification.kind == WantedTime::Kind::now || access.kind == WantedTime::Kind::now;
  script += now || call.text("state") == "touch" ? "printf '%s\\0' \"$(date +%s.%N)\"\n" : "printf '\\0'\n";
  if (call.text("state") == "absent") {
    script +=
        "if [ ! -L \"$p\" ] && [ -d \"$p\" ]; then find \"$p\" -mindepth 1 -type d; printf '\\0'; find \"$p\" "
        "-mindepth 1 ! -type d; fi\n";
  } else if (call.flag("recurse")) {
    // A name with a new line in it could be read as another file's line: those come by themselves, each with its end.
    script +=
        "l='\n'\nlines() { find \"$@\" ! -path \"*$l*\" -exec stat -c '%f %u %g %n' {} +; }\n"
        "fields() { find \"$@\" -path \"*$l*\" -exec sh -c 'for f do printf \"%s %s\\0\" \"$(stat -c \"%f %u %g\" -- "
        "\"$f\")\" \"$f\"; done' sh {} +; }\n";
    script += call.flag("follow") ? "case $p in /*|.*) f=$t ;; *) f=./$t ;; esac\n"
                                    "lines -L \"$f\" -mindepth 1; lines \"$f\" -mindepth 1 -type l; printf '\\0'\n"
                                    "fields -L \"$f\" -mindepth 1; fields \"$f\" -mindepth 1 -type l\n"
                                  : "lines \"$t\" -mindepth 1; printf '\\0'; fields \"$t\" -mindepth 1\n";
  }
  return script;
}

void read_extra(FileTask& task, std::string_view text) {
  Fields fields(text);
  task.src = fields.next();
  task.absolute_src = fields.next();
  task.src_exists = !fields.next().empty();
  task.src_inode = fields.next();
  task.first_entry = fields.next();
  for (WantedTime* time : {&task.modification, &task.access}) {
    const std::string seconds = fields.next();
    time->epoch = seconds.empty() ? 0 : std::strtod(seconds.c_str(), nullptr);
  }
  task.now = std::strtod(fields.next().c_str(), nullptr);
  task.listing = std::string(fields.rest());
}

/// Users and groups that are not there yet may be made by a task before this one.
void warn_of_names(FileTask& task) {
  const auto warn = [&](const char* kind, const std::string& name, bool found) {
    if (!name.empty() && !found) {
      task.result["warnings"].push_back(std::string("failed to look up ") + kind + " " + name + ". Create " +
                                        "user up to this point in real play");
    }
  };
  if (task.call.check && task.state != "absent") {
    warn("user", task.wanted.owner, task.seen.owner.has_value());
    warn("group", task.wanted.group, task.seen.group.has_value());
  }
}

Result<Json> by_state(FileTask& task) {
  if (task.state == "absent") {
    return file_absent(task);
  }
  if (task.state == "directory") {
    return file_directory(task);
  }
  if (task.state == "link") {
    return file_link(task);
  }
  if (task.state == "hard") {
    return file_hard(task);
  }
  return task.state == "touch" ? file_touch(task) : file_plain(task);
}

}  // namespace

Result<Json> run_file(const Call& call) {
  WantedTime modification;
  WantedTime access;
  const std::string given = call.text("state");
  for (const auto& [name, time] : {std::pair{"modification_time", &modification}, {"access_time", &access}}) {
    if (auto wrong = read_time(call, name, given, *time)) {
      return *wrong;
    }
  }
  InspectOptions options;
  options.path = call.text("path");
  options.owner = call.text("owner");
  options.group = call.text("group");
  options.follow = call.flag("follow");
  options.extra = extra_script(call, modification, access);
  if (call.given("src") && given == "hard") {
    const std::string src = call.text("src");
    options.name_in_folder = src.substr(src.rfind('/') + 1);
  }
  auto seen = inspect(call, options);
  if (!seen) {
    return fail(seen.error());
  }
  FileTask task{call, *seen, given, wanted_attributes(call)};
  task.modification = modification;
  task.access = access;
  read_extra(task, seen->extra);
  task.path = seen->file.path;
  const std::string before = seen->file.state();
  if (task.state.empty()) {
    task.state = before != "absent" ? before : call.flag("recurse") ? "directory" : "file";
  }
  if (call.flag("recurse") && task.state != "directory") {
    return task.failed("recurse option requires state to be 'directory'");
  }
  if (call.given("src") && task.state != "link" && task.state != "hard") {
    return task.failed("src option requires state to be 'link' or 'hard'");
  }
  warn_of_names(task);
  return by_state(task);
}

}  // namespace cef::modules
