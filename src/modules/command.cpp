#include "command.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "cef/core/shell.hpp"
#include "text.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

/// The last line on stderr is cef's own: it begins with this.
constexpr std::string_view k_mark{"\0cef ", 5};

/// What Python's execvp would say of the program "$1": it is searched in PATH, builtins of the shell are none.
constexpr const char* k_find_program = R"sh(
find_program() {
  case $1 in
    */*) if [ ! -e "$1" ]; then said errno 2; elif [ ! -f "$1" ] || [ ! -x "$1" ]; then said errno 13; fi; return ;;
  esac
  e=2; i=$IFS; IFS=:; set -f
  for d in ${PATH:-/usr/bin:/bin}; do
    [ ! -f "${d:-.}/$1" ] || { e=13; [ ! -x "${d:-.}/$1" ] || { e=; break; }; }
  done
  IFS=$i; set +f; [ -z "$e" ] || said errno $e
}
)sh";

std::string glob_test(const char* kind, const std::string& pattern, bool refuse_when_there) {
  if (pattern.empty()) {
    return "";
  }
  return "set -- " + glob_word(pattern) + "\nif [ -e \"$1\" ] || [ -L \"$1\" ]; then " +
         (refuse_when_there ? std::string("said ") + kind + "; else :; fi\n"
                            : std::string(":; else said ") + kind + "; fi\n");
}

}  // namespace

std::string program_script(const Program& program) {
  std::string script =
      "said() { printf '\\0cef %s\\0%s\\0' \"$1\" \"$2\" >&2; [ -z \"${cefdir-}\" ] || rm -rf \"$cefdir\"; exit 0; }\n";
  if (!program.chdir.empty()) {
    const std::string folder = path_word(program.chdir);
    script += "c=" + folder + "\nm=$(LC_ALL=C; export LC_ALL; cd \"$c\" 2>&1) || said chdir \"$m\"\ncd \"$c\"\n";
  }
  script += glob_test("exists", program.creates, true) + glob_test("absent", program.removes, false);
  if (program.only_look) {
    return script + "said ''\n";
  }
  if (!program.name.empty()) {
    script += k_find_program + ("find_program " + program.name + "\n");
  }
  return script +
         "cefdir=$(umask 077; mktemp -d \"${TMPDIR:-/tmp}/.cef-XXXXXX\" 2>/dev/null) || cefdir=\n"
         "cefs=$(date '+%s %Y-%m-%d %H:%M:%S.%N')\n"
         "if [ -n \"$cefdir\" ]; then\n  ( exec " +
         program.command +
         " ) >\"$cefdir/out\" 2>\"$cefdir/err\"\n  cefr=$?\n"
         "  cefe=$(date '+%s %Y-%m-%d %H:%M:%S.%N')\n"
         "  [ ! -s \"$cefdir/out\" ] || cat \"$cefdir/out\"; [ ! -s \"$cefdir/err\" ] || cat \"$cefdir/err\" >&2; rm "
         "-rf \"$cefdir\"\n"
         "else\n  ( exec " +
         program.command +
         " )\n  cefr=$?; cefe=$(date '+%s %Y-%m-%d %H:%M:%S.%N')\nfi\n"
         "printf '\\0cef ran\\0%s\\0%s\\0%s\\0' $cefr \"$cefs\" \"$cefe\" >&2\nexit $cefr\n";
}

namespace {

struct Moment {
  long long micros = 0;
  std::string text;
};

/// "SECONDS DATE TIME.NANOSECONDS"; busybox knows no nanoseconds.
Moment moment_of(const std::string& line) {
  long long seconds = 0;
  std::from_chars(line.data(), line.data() + line.size(), seconds);
  seconds = std::clamp(seconds, 0LL, 1'000'000'000'000LL);  // a host may say anything
  const std::size_t space = line.find(' ');
  const std::size_t dot = line.find('.');
  std::string fraction = dot == std::string::npos ? "" : line.substr(dot + 1);
  if (fraction.size() < 6 || fraction.find_first_not_of("0123456789") != std::string::npos) {
    fraction = "000000";
  }
  fraction.resize(6);
  long long micros = 0;
  std::from_chars(fraction.data(), fraction.data() + 6, micros);
  if (space == std::string::npos || dot == std::string::npos) {
    return {seconds * 1'000'000, ""};
  }
  return {seconds * 1'000'000 + micros, line.substr(space + 1, dot - space) + fraction};
}

/// As Python writes a timedelta: "1 day, 2:03:04.000005".
std::string delta_text(long long micros) {
  const long long days = micros / 86'400'000'000;
  const long long rest = micros % 86'400'000'000;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%lld:%02lld:%02lld.%06lld", rest / 3'600'000'000, rest / 60'000'000 % 60,
                rest / 1'000'000 % 60, rest % 1'000'000);
  std::string delta = text.data();
  if (delta.ends_with(".000000")) {
    delta.resize(delta.size() - 7);
  }
  return days == 0 ? delta : std::to_string(days) + (days == 1 ? " day, " : " days, ") + delta;
}

void read_mark(Ran& ran, std::string_view text) {
  Fields fields(text);
  const std::string word = fields.next();
  if (word != "ran") {
    ran.refusal = word;
    ran.reason = fields.next();
    return;
  }
  const std::string status = fields.next();
  std::from_chars(status.data(), status.data() + status.size(), ran.status);
  const Moment start = moment_of(fields.next());
  const Moment end = moment_of(fields.next());
  ran.start = start.text;
  ran.end = end.text;
  ran.delta = delta_text(end.micros - start.micros);
}

Json base_result(Json cmd) {
  return {{"changed", false}, {"stdout", ""},   {"stderr", ""},     {"rc", nullptr}, {"cmd", std::move(cmd)},
          {"start", nullptr}, {"end", nullptr}, {"delta", nullptr}, {"msg", ""}};
}

/// The shell joins words; each may hold ~ and $NAME, as Ansible's `command` expands them.
std::string expanded_words(const std::vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words) {
    command += (command.empty() ? "" : " ") + path_word(word);
  }
  return command;
}

Json lines_json(const std::string& text) {
  Json lines = Json::array();
  for (std::string& line : split_lines(text)) {
    lines.push_back(std::move(line));
  }
  return lines;
}

void refuse(const Call& call, Json& result, const Ran& ran, const std::vector<std::string>& words) {
  const std::string did = call.check ? "Would" : "Did";
  if (ran.refusal == "chdir") {
    result["failed"] = true;
    const bool missing = ran.reason.find("ermission") == std::string::npos;
    result["msg"] = "Unable to change directory before execution: [Errno " +
                    std::string(missing ? "2] No such file or directory" : "13] Permission denied") + ": b'" +
                    call.text("chdir") + "'";
  } else if (ran.refusal == "errno") {
    result = {{"changed", false}, {"stdout", ""}, {"stderr", ""}, {"rc", ran.reason == "2" ? 2 : 13}};
    result["cmd"] = core::shell_join(words);
    result["failed"] = true;
    result["msg"] =
        (ran.reason == "2" ? "[Errno 2] No such file or directory: b'" : "[Errno 13] Permission denied: b'") +
        (words.empty() ? "" : words.front()) + "'";
  } else {
    const bool exists = ran.refusal == "exists";
    const std::string path = call.text(exists ? "creates" : "removes");
    result["msg"] = did + " not run command since '" + path + "' " + (exists ? "exists" : "does not exist");
    result["stdout"] = "skipped, since " + path + (exists ? " exists" : " does not exist");
    result["rc"] = 0;
  }
}

/// The result of a program that ran, or in check mode would have.
void finish(const Call& call, Json& result, Ran& ran) {
  result["changed"] = true;
  if (call.check) {
    result["rc"] = 0;
    result["msg"] = "Command would have run if not in check mode";
    if (!call.given("creates") && !call.given("removes")) {
      result["skipped"] = true;
      result["changed"] = false;
    }
    return;
  }
  std::string out = valid_text(ran.out);
  std::string err = valid_text(ran.err);
  if (call.flag("strip_empty_ends")) {
    out = strip_end(std::move(out), "\r\n");
    err = strip_end(std::move(err), "\r\n");
  }
  result["stdout"] = std::move(out);
  result["stderr"] = std::move(err);
  result["rc"] = ran.status;
  result["start"] = ran.start;
  result["end"] = ran.end;
  result["delta"] = ran.delta;
  if (ran.cut) {
    result["warnings"] = {"the output is larger than 8 MiB; its end was thrown away"};
  }
  if (ran.status != 0) {
    result["msg"] = "non-zero return code";
    result["failed"] = true;
  }
}

Json no_command(const char* why) {
  Json result = base_result(nullptr);
  result["rc"] = 256;
  result["msg"] = why;
  result["failed"] = true;
  result["stdout_lines"] = Json::array();
  result["stderr_lines"] = Json::array();
  return result;
}

void add_conditions(const Call& call, Program& program) {
  program.chdir = call.text("chdir");
  program.creates = call.text("creates");
  program.removes = call.text("removes");
  program.only_look = call.check;
  if (call.given("stdin")) {
    program.input = call.text("stdin") + (call.flag("stdin_add_newline") ? "\n" : "");
  }
}

Result<Json> execute(const Call& call, const Prepared& prepared) {
  if (prepared.failure) {
    return *prepared.failure;
  }
  auto ran = run_program(call, prepared.program);
  return ran ? Result<Json>(command_result(call, prepared, *ran)) : fail(ran.error());
}

}  // namespace

void add_output(Json& result, const std::string& out, const std::string& err) {
  const std::string text = valid_text(out);
  const std::string errors = valid_text(err);
  result["stdout"] = text;
  result["stdout_lines"] = lines_json(text);
  result["stderr"] = errors;
  result["stderr_lines"] = lines_json(errors);
}

Ran read_run(const ssh::ExecResult& answer) {
  Ran ran;
  ran.out = answer.out;
  ran.err = answer.err;
  ran.status = answer.exit_status;
  ran.cut = answer.out_cut || answer.err_cut;
  if (const std::size_t at = ran.err.rfind(k_mark); at != std::string::npos) {
    read_mark(ran, std::string_view(answer.err).substr(at + k_mark.size()));
    ran.err.resize(at);
  }
  return ran;
}

Result<Ran> run_program(const Call& call, const Program& program) {
  const auto answer = call.run(program_script(program), program.input);
  return answer ? Result<Ran>(read_run(*answer)) : fail(answer.error());
}

Json command_result(const Call& call, const Prepared& prepared, Ran& ran) {
  Json result = base_result(prepared.cmd);
  if (ran.refusal.empty()) {
    finish(call, result, ran);
  } else {
    refuse(call, result, ran, prepared.words);
  }
  result["stdout_lines"] = lines_json(result["stdout"].get<std::string>());
  result["stderr_lines"] = lines_json(result["stderr"].get<std::string>());
  return result;
}

Prepared prepare_command(const Call& call) {
  Prepared prepared;
  const std::string text = call.text("_raw_params");
  const bool blank = text.find_first_not_of(" \t\r\n") == std::string::npos;
  if (blank != call.given("argv")) {
    prepared.failure = no_command(blank ? "no command given" : "only command or argv can be given, not both");
    return prepared;
  }
  if (blank) {
    for (const Json& word : call.args.at("argv")) {
      prepared.words.push_back(word.is_string() ? word.get<std::string>() : word.dump());
    }
  } else {
    auto split = split_words(text);
    if (!split) {
      prepared.failure = failure(split.error().message);
      return prepared;
    }
    prepared.words = std::move(*split);
  }
  if (prepared.words.empty()) {
    prepared.failure = no_command("no command given");
    return prepared;
  }
  prepared.cmd = prepared.words;
  prepared.program = {.command = expanded_words(prepared.words), .name = path_word(prepared.words.front())};
  add_conditions(call, prepared.program);
  return prepared;
}

Prepared prepare_shell(const Call& call) {
  Prepared prepared;
  const std::string text = call.text("_raw_params");
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    prepared.failure = no_command("no command given");
    return prepared;
  }
  const std::string shell = call.given("executable") ? call.text("executable") : "/bin/sh";
  prepared.words = {text};
  prepared.cmd = text;
  prepared.program = {.command = path_word(shell) + " -c " + core::shell_quote(text), .name = path_word(shell)};
  add_conditions(call, prepared.program);
  return prepared;
}

Result<Json> run_command(const Call& call) {
  auto result = execute(call, prepare_command(call));
  if (result && call.given("executable")) {
    (*result)["warnings"] = {
        "As of Ansible 2.4, the parameter 'executable' is no longer supported with the 'command' module. Not using '" +
        call.text("executable") + "'."};
  }
  return result;
}

Result<Json> run_shell(const Call& call) {
  return execute(call, prepare_shell(call));
}

Result<Json> run_raw(const Call& call) {
  if (call.check) {
    return Json{{"changed", false}, {"skipped", true}};
  }
  const std::string text = call.text("_raw_params");
  const auto answer = call.host.run(call.given("executable") ? "exec " + path_word(call.text("executable")) + " -c " +
                                                                   core::shell_quote(text)
                                                             : text);
  if (!answer) {
    return fail(answer.error());
  }
  Json result = {{"rc", answer->exit_status}};
  add_output(result, answer->out, answer->err);
  result["changed"] = true;
  if (!call.environment.empty()) {
    result["warnings"] = {"raw module does not support the environment keyword"};
  }
  if (answer->exit_status != 0) {
    result["failed"] = true;
    result["msg"] = "non-zero return code";
  }
  return result;
}

}  // namespace cef::modules
