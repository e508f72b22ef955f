#include "cef/core/shell.hpp"
#include "file_task.hpp"

namespace cef::modules {

using core::Json;
using core::Result;

namespace {

/// The new link is made aside and renamed over what is there.
std::string replace_script(const FileTask& task, const std::string& make) {
  const FileState& before = task.seen.file;
  if (!before.exists) {
    return "m=$(" + make + " \"$p\" 2>&1) || die \"Error while linking: ${m##*: }\"\n";
  }
  return std::string("d=$(dirname -- \"$p\"); n=$d/.$$.cef.tmp\n") +
         (before.is_directory() ? "m=$(rmdir -- \"$p\" 2>&1) || die \"Error while replacing: ${m##*: }\"\n" : "") +
         "m=$(" + make + " \"$n\" 2>&1 && " +
         // `mv` moves a link into the folder that the old one leads to
         "{ [ ! -L \"$p\" ] || [ ! -d \"$p\" ] || rm -f -- \"$p\"; } 2>&1 && mv -f -- \"$n\" \"$p\" 2>&1) || { rm -f "
         "\"$n\"; die \"Error while replacing: ${m##*: }\"; }\n";
}

Json refused(const FileTask& task, const std::string& message) {
  Json failed = failure(message);
  failed["dest"] = task.path;
  failed["src"] = task.src;
  add_path_info(failed, task.seen.file);
  return failed;
}

/// Why a link may not be made; "" when it may.
std::string link_refusal(const FileTask& task, bool has_source) {
  const bool force = task.call.flag("force");
  const std::string state = task.seen.file.state();
  if (!force && has_source && !task.src_exists) {
    return "src file does not exist, use \"force=yes\" if you really want to create the link: " + task.absolute_src;
  }
  if (state == "directory" && force && !task.first_entry.empty()) {
    return "the directory " + task.path + " is not empty, refusing to convert it";
  }
  if (!force && (state == "directory" || state == "file" || state == "hard")) {
    return "refusing to convert from " + state + " to symlink for " + task.path;
  }
  return state != "link" && !has_source ? "src is required for creating new symlinks" : "";
}

std::string hard_refusal(const FileTask& task) {
  const std::string state = task.seen.file.state();
  const bool has_source = task.call.given("src");
  if (state != "hard" && !has_source) {
    return "src is required for creating new hardlinks";
  }
  if (has_source && !task.src_exists) {
    return "src does not exist";
  }
  const bool same = has_source && std::to_string(task.seen.file.inode) == task.src_inode;
  if (task.call.flag("force") || same) {
    return "";
  }
  if (state == "hard" && has_source) {
    return "Cannot link, different hard link exists at destination";
  }
  if (state == "directory") {
    return "Cannot link: different hard link exists at destination";
  }
  return state == "file" ? "Cannot link, file exists at destination" : "";
}

/// The attributes of what a new link leads to are not known before it is made.
Result<Json> make_then_settle(FileTask& task, const std::string& script, const Json& changes) {
  auto made = task.finish(script, task.seen.file);
  if (!made || task.call.check || made->contains("failed")) {
    return made;
  }
  InspectOptions options{.path = task.path, .owner = task.wanted.owner, .group = task.wanted.group};
  const auto seen = inspect(task.call, options);
  if (!seen) {
    return core::fail(seen.error());
  }
  FileTask rest{task.call, *seen, "link", task.wanted};
  rest.path = task.path;
  rest.result = task.result;
  const bool follow = task.call.flag("follow");
  if (follow && !seen->target.exists) {
    return rest.finish("", seen->file);
  }
  auto settled = rest.settle(follow ? seen->target : seen->file, "", changes);
  if (settled && !settled->contains("failed")) {
    (*settled)["changed"] = true;
  }
  return settled;
}

}  // namespace

Result<Json> file_link(FileTask& task) {
  const bool has_source =
      task.call.given("src") || (task.call.flag("follow") && task.seen.target.exists && task.seen.file.is_link());
  if (const std::string why = link_refusal(task, has_source); !why.empty()) {
    Json failed = why.starts_with("src is required") ? failure(why) : task.failed(why);
    if (why.starts_with("src file")) {
      failed["src"] = task.src;
    }
    return failed;
  }
  const FileState& before = task.seen.file;
  Json changes = task.diff("link");
  bool changed = !before.is_link();
  if (before.is_link() && has_source && before.target != task.src) {
    changes["before"]["src"] = before.target;
    changes["after"]["src"] = task.src;
    changed = true;
  }
  task.result["dest"] = task.path;
  task.result["src"] = has_source ? Json(task.src) : Json(nullptr);
  task.result["changed"] = changed;
  task.result["diff"] = changes;
  if (task.call.check && !(before.exists && task.seen.target.exists)) {
    return task.result;
  }
  const std::string script = changed ? replace_script(task, "ln -s -- " + core::shell_quote(task.src)) : "";
  const bool follow = task.call.flag("follow");
  const bool wants = !task.wanted.mode.is_null() || !task.wanted.owner.empty() || !task.wanted.group.empty();
  if (changed && wants) {
    return make_then_settle(task, script, changes);
  }
  if (follow && !task.seen.target.exists) {
    if (before.is_link()) {
      task.result["warnings"] = {
          "Cannot set fs attributes on a non-existent symlink target. follow should be set to False to avoid this."};
    }
    return task.finish(script, before);
  }
  return task.settle(!before.exists ? FileState{.path = task.path}
                     : follow       ? task.seen.target
                                    : before,
                     script, std::move(changes));
}

Result<Json> file_hard(FileTask& task) {
  if (const std::string why = hard_refusal(task); !why.empty()) {
    return why.starts_with("src is required") ? failure(why) : refused(task, why);
  }
  const FileState& before = task.seen.file;
  const bool has_source = task.call.given("src");
  const bool same = before.exists && has_source && std::to_string(before.inode) == task.src_inode;
  if (before.is_directory() && same) {
    return Json{{"path", task.path}, {"changed", false}};
  }
  Json changes = task.diff("hard");
  bool changed = !before.exists || (!same && has_source);
  if (before.is_link()) {
    changed = before.target != task.src;
    if (changed) {
      changes["before"]["src"] = before.target;
      changes["after"]["src"] = task.src;
    }
  }
  task.result["dest"] = task.path;
  task.result["src"] = has_source ? Json(task.src) : Json(nullptr);
  task.result["changed"] = changed;
  task.result["diff"] = changes;
  if (task.call.check && !before.exists) {
    return task.result;
  }
  const std::string script = changed ? replace_script(task, "ln -- " + core::shell_quote(task.src)) : "";
  if (changed) {
    return task.finish(script, before);
  }
  return task.settle(before, script, std::move(changes));
}

}  // namespace cef::modules
