#include "async.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>

#include "cef/core/shell.hpp"

namespace cef::playbook {

using core::Json;
using core::Result;
using core::shell_quote;

namespace {

constexpr const char* k_folder = "$HOME/.ansible_async";

std::string new_job() {
  static std::atomic<unsigned> number{0};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return "j" + std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count()) + "." +
         std::to_string(++number);
}

/// The command line of command, shell and raw.
std::string command_line(const modules::Call& call, const std::string& module) {
  if (call.args.contains("argv") && call.args["argv"].is_array()) {
    std::vector<std::string> words;
    for (const Json& word : call.args["argv"]) {
      words.push_back(word.is_string() ? word.get<std::string>() : core::dump_line(word));
    }
    return core::shell_join(words);
  }
  const modules::Module* known = modules::find(module);
  const std::string text = call.text(known->free_form.c_str());
  const std::string shell = call.args.contains("executable") && !call.args["executable"].is_null()
                                ? call.text("executable")
                                : std::string("/bin/sh");
  return module == "command" ? "exec " + text : shell_quote(shell) + " -c " + shell_quote(text);
}

}  // namespace

bool can_detach(const std::string& module) {
  return module == "command" || module == "shell" || module == "raw";
}

Result<Json> start_detached(const modules::Call& call, const std::string& module, int limit) {
  const std::string job = new_job();
  std::string line = command_line(call, module);
  if (call.args.contains("chdir") && !call.args["chdir"].is_null()) {
    line = "cd " + shell_quote(call.text("chdir")) + " && " + line;
  }
  // The program's own output and status, in files that async_status reads.
  const std::string kept = "out=" + std::string(k_folder) + "/" + job + "; ";
  const std::string body =
      kept + "date +%s.%N >\"$out.start\"; if command -v timeout >/dev/null 2>&1; then timeout " +
      std::to_string(std::max(limit, 1)) + " sh -c " + shell_quote(line) + "; else sh -c " + shell_quote(line) +
      "; fi >\"$out.out\" 2>\"$out.err\" </dev/null; echo $? >\"$out.part\"; mv \"$out.part\" \"$out.rc\"";
  const std::string script = "umask 077; mkdir -p " + std::string(k_folder) +
                             " || exit 1; if command -v setsid >/dev/null 2>&1; then set -- setsid sh -c " +
                             shell_quote(body) + "; else set -- nohup sh -c " + shell_quote(body) +
                             "; fi; \"$@\" </dev/null >/dev/null 2>&1 & echo started";
  const auto done = call.run(script);
  if (!done) {
    return core::fail(done.error());
  }
  if (done->exit_status != 0) {
    return modules::failure("the job could not be started: " + done->err);
  }
  return Json{{"ansible_job_id", job},
              {"changed", true},
              {"finished", 0},
              {"results_file", "~/.ansible_async/" + job},
              {"started", 1}};
}

Result<Json> detached_status(const modules::Call& call) {
  const std::string job = call.text("jid");
  if (job.empty() || job.find_first_not_of("j.0123456789") != std::string::npos) {
    return modules::failure("'" + job + "' is no job id");
  }
  const std::string file = std::string(k_folder) + "/" + job;
  if (call.text("mode") == "cleanup") {
    const auto done = call.run("rm -f " + file + ".*");
    return done ? Result<Json>(Json{{"ansible_job_id", job}, {"changed", false}, {"erased", "~/.ansible_async/" + job}})
                : core::fail(done.error());
  }
  const auto done =
      call.run("f=" + file +
               "; [ -e \"$f.start\" ] || { echo none; exit 0; }; [ -e \"$f.rc\" ] || { echo running; exit "
               "0; }; cat \"$f.rc\"; wc -c <\"$f.out\"; cat \"$f.out\" \"$f.err\"");
  if (!done) {
    return core::fail(done.error());
  }
  const auto first = done->out.find('\n');
  const std::string state = done->out.substr(0, first);
  if (state == "none" || state == "running" || first == std::string::npos) {
    Json result = {{"ansible_job_id", job}, {"changed", false}, {"finished", state == "none" ? 1 : 0}, {"started", 1}};
    if (state == "none") {
      result["failed"] = true;
      result["msg"] = "could not find job";
    }
    return result;
  }
  const auto second = done->out.find('\n', first + 1);
  const auto size = static_cast<std::size_t>(std::atoll(done->out.c_str() + first + 1));
  const std::string both = second == std::string::npos ? "" : done->out.substr(second + 1);
  std::string out = both.substr(0, std::min(size, both.size()));
  std::string err = both.substr(std::min(size, both.size()));
  for (std::string* text : {&out, &err}) {
    text->erase(text->find_last_not_of("\r\n") + 1);
  }
  const int status = std::atoi(state.c_str());
  Json result = {{"ansible_job_id", job}, {"changed", true}, {"finished", 1}, {"rc", status},
                 {"started", 1},          {"stdout", out},   {"stderr", err}};
  if (status != 0) {
    result["failed"] = true;
    result["msg"] = "non-zero return code";
  }
  return result;
}

}  // namespace cef::playbook
