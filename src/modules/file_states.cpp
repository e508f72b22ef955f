#include <map>
#include <sstream>

#include "cef/core/shell.hpp"
#include "file_task.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

Json lines_of(std::string_view text) {
  Json lines = Json::array();
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

/// What a followed link leads to is what the task is about.
FileState followed(FileTask& task) {
  if (task.call.flag("follow") && task.seen.file.is_link()) {
    task.path = task.seen.target.path;
    return task.seen.target;
  }
  return task.seen.file;
}

Result<Json> make_directory(FileTask& task) {
  Json changes = task.diff("directory");
  task.result["path"] = task.path;
  task.result["changed"] = true;
  if (task.call.check) {
    task.result["diff"] = std::move(changes);
    return task.result;
  }
  const FileState made = new_state(task.seen, 0040000U, task.path);
  const auto plan = plan_attributes(task.wanted, made, task.seen);
  if (!plan) {
    return task.with_path(attribute_failure(plan.error()));
  }
  changes["before"].update(plan->before);
  changes["after"].update(plan->after);
  task.result["diff"] = std::move(changes);
  return task.finish(
      make_function(*plan) + "q=$p; while :; do case $q in ?*/) q=${q%/} ;; *) break ;; esac; done\nmake \"$q\"\n",
      task.seen.file);
}

/// Mode, uid, gid, name: each on a line of its own; after a NUL those whose name has new lines, each with a NUL.
std::vector<FileState> read_listing(const std::string& text) {
  std::vector<FileState> files;
  const auto add = [&](const std::string& entry) {
    std::istringstream words(entry);
    FileState file;
    if (words >> std::hex >> file.mode >> std::dec >> file.uid >> file.gid) {
      words.get();
      std::getline(words, file.path, '\0');
      file.exists = true;
      files.push_back(std::move(file));
    }
  };
  Fields fields(text);
  std::istringstream lines(fields.next());
  for (std::string line; std::getline(lines, line);) {
    add(line);
  }
  while (!fields.rest().empty()) {
    add(fields.next());
  }
  return files;
}

/// Attributes of all that is below a folder; false when nothing is to be done.
Result<Json> recurse(FileTask& task, std::string script, Json changes) {
  for (const FileState& file : read_listing(task.listing)) {
    const auto plan = plan_attributes(task.wanted, file, task.seen);
    if (!plan) {
      return task.with_path(attribute_failure(plan.error()));
    }
    AttributePlan now = *plan;
    if (file.is_link()) {
      now.mode.reset();  // Linux has no modes of links
    }
    const std::string target = core::shell_quote(file.path);
    Json unused = Json::object();
    script += attribute_script(now, target);
    if (task.modification.kind != WantedTime::Kind::keep || task.access.kind != WantedTime::Kind::keep) {
      script += task.time_script(file, target, unused);
    }
  }
  task.result["changed"] = !script.empty();
  task.result["diff"] = std::move(changes);
  if (script.empty() || task.call.check) {
    add_path_info(task.result, task.seen.file);
    return task.result;
  }
  const auto answer = task.call.run("exec sh", k_functions + script);  // too long for a command line
  if (!answer) {
    return fail(answer.error());
  }
  if (answer->exit_status != 0) {
    Fields fields(answer->out);
    return task.failed(fields.next() == "die" ? fields.next() : task::script_error("changing", *answer).message);
  }
  return task.finish(":\n", task.seen.file);
}

}  // namespace

Result<Json> file_absent(FileTask& task) {
  const FileState& before = task.seen.file;
  task.result["path"] = task.path;
  task.result["changed"] = before.exists;
  if (before.exists) {
    Json changes = task.diff("absent");
    if (before.is_directory()) {
      Fields fields(task.listing);
      Json folders = lines_of(fields.next());
      changes["before"]["path_content"] = {{"directories", std::move(folders)}, {"files", lines_of(fields.rest())}};
    }
    task.result["diff"] = std::move(changes);
  }
  task.result["state"] = "absent";
  if (!before.exists) {
    return task.result;
  }
  if (task.call.check) {
    add_path_info(task.result, before);
    return task.result;
  }
  return task.finish(before.is_directory() ? "m=$(rm -rf -- \"$p\" 2>&1) || die \"rmtree failed: $m\"\n"
                                           : "m=$(rm -f -- \"$p\" 2>&1) || die \"unlinking failed: ${m##*: } \"\n",
                     before);
}

Result<Json> file_directory(FileTask& task) {
  const FileState before = followed(task);
  if (!before.exists) {
    return make_directory(task);
  }
  if (!before.is_directory()) {
    return task.failed(task.path + " already exists as a " + before.state());
  }
  task.result["path"] = task.path;
  Json changes = task.diff("directory");
  if (!task.call.flag("recurse")) {
    return task.settle(before, "", std::move(changes));
  }
  const auto plan = plan_attributes(task.wanted, before, task.seen);
  if (!plan) {
    return task.with_path(attribute_failure(plan.error()));
  }
  changes["before"].update(plan->before);
  changes["after"].update(plan->after);
  const std::string target = core::shell_quote(before.path);
  std::string script = attribute_script(*plan, target);
  script += task.time_script(before, target, changes);
  return recurse(task, std::move(script), std::move(changes));
}

Result<Json> file_plain(FileTask& task) {
  const FileState before = followed(task);
  const std::string state = before.state();
  if (state != "file" && state != "hard") {
    Json failed = task.failed("file (" + task.path + ") is " + state + ", cannot continue");
    failed["state"] = state;
    return failed;
  }
  task.result["path"] = task.path;
  return task.settle(before, "", task.diff("file"));
}

Result<Json> file_touch(FileTask& task) {
  task.result["dest"] = task.path;
  if (!task.seen.file.exists) {
    if (task.call.check) {
      task.result["changed"] = true;
      return task.result;
    }
    FileState made = new_state(task.seen, 0100000U, task.path);
    made.atime = made.mtime = task.now - 1;  // it has its times from being made; a stamp is another
    return task.settle(made, "m=$( { : >\"$p\"; } 2>&1) || because 'Error, could not touch target: ' \"$p\"\n",
                       task.diff("touch"));
  }
  Json changes = task.diff("touch");
  return task.settle(task.call.flag("follow") ? task.seen.target : task.seen.file, "", std::move(changes));
}

}  // namespace cef::modules
