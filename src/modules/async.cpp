#include <charconv>
#include <random>

#include "cef/core/shell.hpp"
#include "command.hpp"
#include "text.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

/// As Ansible names jobs: "j123456789012.1234".
std::string new_job_id() {
  std::random_device random;
  std::uniform_int_distribution<std::uint64_t> digits(100'000'000'000, 999'999'999'999);
  return "j" + std::to_string(digits(random)) + "." + std::to_string(digits(random) % 10'000);
}

bool is_job_id(const std::string& id) {
  return !id.empty() &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
             std::string::npos &&
         id.find("..") == std::string::npos;
}

/// "$j" is the file that stands for the job, "$j.job" the folder with all that belongs to it.
std::string job_words(const std::string& id) {
  return "d=${ANSIBLE_ASYNC_DIR:-$HOME/.ansible_async}; j=$d/" + id + "\n";
}

/// The folder, and what is asked for; the program's input comes on stdin.
std::string start_script(const std::string& id, const Json& what, const std::string& run) {
  return job_words(id) +
         "umask 077; m=$(mkdir -p \"$j.job\" 2>&1) || { echo \"$m\" >&2; exit 1; }\n"
         "cat >\"$j.job/in\"; printf '%s' " +
         core::shell_quote(what.dump(-1, ' ', false, Json::error_handler_t::replace)) +
         " >\"$j.job/call\"; : >\"$j\"\n" + run + "printf '%s' \"$j\"\n";
}

std::string background(const std::string& script, std::chrono::seconds limit) {
  return "(trap '' HUP; exec setsid sh -c 'timeout -s KILL \"$3\" sh -c \"$1\" <\"$2/in\" >\"$2/out\" 2>\"$2/err\"; : "
         ">\"$2/done\"' sh " +
         core::shell_quote(script) + " \"$j.job\" " + std::to_string(limit.count()) +
         ") </dev/null >/dev/null 2>&1 &\n";
}

Json started(const std::string& id, const std::string& file) {
  return {{"changed", true}, {"started", 1}, {"finished", 0}, {"ansible_job_id", id}, {"results_file", file}};
}

Result<Json> begin(const Call& call, const std::string& id, const Json& what, const std::string& run,
                   const std::string& input) {
  const auto answer = call.run(start_script(id, what, run), input);
  if (!answer) {
    return fail(answer.error());
  }
  return answer->exit_status == 0 ? started(id, answer->out)
                                  : failure(task::script_error("starting the job", *answer).message);
}

/// The result of a command that ended, out of what it left.
Json conclude(const Call& call, const Json& what, const ssh::ExecResult& left) {
  const Json& args = what["args"];
  const Call then{args, call.host, false, false, {}, call.facts, call.files, {}, {}};
  const Prepared prepared = what["module"] == "shell" ? prepare_shell(then) : prepare_command(then);
  Ran ran = read_run(left);
  if (ran.refusal.empty() && ran.start.empty()) {
    return failure("Job reached maximum time limit of " + what["limit"].dump() + " seconds.");
  }
  return command_result(then, prepared, ran);
}

Json read_status(const Call& call, const std::string& id, const std::string& out) {
  Fields fields(out);
  const std::string state = fields.next();
  const std::string file = fields.next();
  Json about = {{"ansible_job_id", id}, {"started", 1}, {"finished", state == "running" ? 0 : 1}};
  if (state == "absent") {
    Json failed = failure("could not find job");
    failed.update(about);
    return failed;
  }
  if (state == "running") {
    Json running = {{"changed", false}, {"results_file", file}};
    running.update(about);
    return running;
  }
  const auto what = core::parse_json(fields.next(), "job");
  const std::string size_text = fields.next();
  std::size_t size = 0;
  std::from_chars(size_text.data(), size_text.data() + size_text.size(), size);
  if (!what || !what->is_object()) {
    return failure("Could not parse job output: " + file);
  }
  ssh::ExecResult left;
  left.out = std::string(fields.rest().substr(0, size));
  left.err = std::string(fields.rest().substr(std::min(size, fields.rest().size())));
  Json result = what->contains("result") ? (*what)["result"] : conclude(call, *what, left);
  result["results_file"] = file;
  result.update(about);
  return result;
}

}  // namespace

Result<Json> start_job(const Module& module, const Call& call, std::chrono::seconds limit) {
  const std::string id = new_job_id();
  if (module.run != run_command && module.run != run_shell) {
    auto result = module.run(call);
    return result ? begin(call, id, {{"result", *result}}, ": >\"$j.job/done\"\n", "") : result;
  }
  const Prepared prepared = module.run == run_shell ? prepare_shell(call) : prepare_command(call);
  if (prepared.failure) {
    return *prepared.failure;
  }
  const Json what = {{"module", module.name}, {"args", call.args}, {"limit", limit.count()}};
  return begin(call, id, what, background(program_script(prepared.program), limit), prepared.program.input);
}

Result<Json> run_async_status(const Call& call) {
  const std::string id = call.text("jid");
  if (!is_job_id(id)) {
    return failure("'" + id + "' is no id of a job");
  }
  const bool cleanup = call.text("mode") == "cleanup";
  const auto answer = call.run(
      job_words(id) + "[ -e \"$j\" ] || { printf 'absent\\0%s\\0' \"$j\"; exit 0; }\n" +
      (cleanup ? "rm -rf -- \"$j\" \"$j.job\"; printf 'erased\\0%s\\0' \"$j\"\n"
               : "[ -e \"$j.job/done\" ] || { printf 'running\\0%s\\0' \"$j\"; exit 0; }\n"
                 "printf 'done\\0%s\\0' \"$j\"; cat \"$j.job/call\"; : >>\"$j.job/out\"; printf '\\0%s\\0' \"$(wc -c "
                 "<\"$j.job/out\")\"; cat \"$j.job/out\" \"$j.job/err\" 2>/dev/null; exit 0\n"));
  if (!answer) {
    return fail(answer.error());
  }
  if (cleanup && answer->out.starts_with("erased")) {
    Fields fields(answer->out);
    fields.next();
    return Json{{"changed", false}, {"ansible_job_id", id}, {"erased", fields.next()}};
  }
  return read_status(call, id, answer->out);
}

}  // namespace cef::modules
