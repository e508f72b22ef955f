#include "file_task.hpp"

#include "cef/core/shell.hpp"
#include "write_file.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

Json FileTask::with_path(Json failed) const {
  failed["path"] = path;
  add_path_info(failed, seen.file);
  return failed;
}

Json FileTask::diff(const std::string& after) const {
  Json diff = {{"before", {{"path", path}}}, {"after", {{"path", path}}}};
  const std::string before = path == seen.target.path ? seen.target.state() : seen.file.state();
  if (before != after) {
    diff["before"]["state"] = before;
    diff["after"]["state"] = after;
  }
  return diff;
}

std::string FileTask::time_script(const FileState& file, const std::string& target, Json& diff) const {
  const auto value = [&](const WantedTime& time, double before) {
    return time.kind == WantedTime::Kind::keep ? before : time.kind == WantedTime::Kind::now ? now : time.epoch;
  };
  const double mtime = value(modification, file.mtime);
  const double atime = value(access, file.atime);
  std::string script;
  const auto touch = [&](const WantedTime& time, const char* option, const char* key, double before, double after) {
    if (before == after) {
      return;
    }
    diff["before"][key] = before;
    diff["after"][key] = after;
    const std::string stamp = time.kind == WantedTime::Kind::at ? " -t " + time.stamp : "";
    script += std::string("m=$(touch -c ") + option + stamp + " -- " + target +
              " 2>&1) || die \"Error while updating modification or access time: ${m##*: }\"\n";
  };
  touch(modification, "-m", "mtime", file.mtime, mtime);
  touch(access, "-a", "atime", file.atime, atime);
  return script;
}

Result<Json> FileTask::finish(const std::string& script, const FileState& state_now) {
  if (call.check || script.empty()) {
    if (!(path == seen.file.path && seen.file.is_link() && !seen.target.exists)) {
      add_path_info(result, state_now);
    }
    return result;
  }
  const auto answer = call.run(k_functions + ("p=" + core::shell_quote(path) + "\n") + script +
                               "printf 'ok\\0\\0'\n[ ! -e \"$p\" ] || look \"$p\"\n");
  if (!answer) {
    return fail(answer.error());
  }
  const auto done = read_write_result(*answer, "changing " + path);
  if (!done) {
    return fail(done.error());
  }
  if (done->failure) {
    Json failed = *done->failure;
    failed["path"] = path;
    return failed;
  }
  add_path_info(result, done->after);
  return result;
}

Result<Json> FileTask::settle(const FileState& file, std::string script, Json changes) {
  auto plan = plan_attributes(wanted, file, seen);
  if (!plan) {
    return with_path(attribute_failure(plan.error()));
  }
  changes["before"].update(plan->before);
  changes["after"].update(plan->after);
  const std::string target = core::shell_quote(file.path);
  const std::string attributes = attribute_script(*plan, target) + time_script(file, target, changes);
  result["changed"] = !script.empty() || !attributes.empty();
  result["diff"] = std::move(changes);
  return finish(script + attributes, path == seen.target.path ? seen.target : seen.file);
}

}  // namespace cef::modules
