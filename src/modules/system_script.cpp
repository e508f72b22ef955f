#include "system_script.hpp"

#include <charconv>

#include "cef/core/shell.hpp"
#include "command.hpp"
#include "text.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

/// The output of programs goes by way of files: a service that stays in the background must not hold the connection.
constexpr const char* k_functions_of_systems = R"sh(
LC_ALL=C; LANG=C; export LC_ALL LANG
for d in /sbin /usr/sbin /usr/local/sbin; do
  case :$PATH: in *:$d:*) ;; *) [ ! -d "$d" ] || PATH=$PATH:$d ;; esac
done
export PATH
umask 022
w=
trap 'exit 129' HUP INT TERM PIPE
make_w() { [ -n "$w" ] || { w=$(mktemp -d "${TMPDIR:-/tmp}/.cef-XXXXXX") || exit 1; trap 'rm -rf "$w"' EXIT; }; }
say() { printf '%s\0%s\0' "$1" "$2"; }
finish() { say end 1; exit 0; }
give_up() { say fail "$1"; finish; }
has() { command -v "$1" >/dev/null 2>&1; }
need() { has "$1" || give_up "Failed to find required executable \"$1\" in paths: $PATH"; }
try() {
  make_w
  "$@" >"$w/out" 2>"$w/err" </dev/null
  rc=$? out= err=
  [ ! -s "$w/out" ] || { out=$(cat "$w/out"; echo x); out=${out%x}; }
  [ ! -s "$w/err" ] || { err=$(cat "$w/err"; echo x); err=${err%x}; }
}
failed_so() { say rc $rc; give_up "$err"; }
try_or_fail() { try "$@"; [ $rc = 0 ] || failed_so; }
receive() {
  make_w
  cat >"$w/new"
  [ "$(wc -c <"$w/new")" -eq "$1" ] || give_up 'the transfer was cut off'
}
folder_of() { case $1 in ?*/*) t=${1%/*} ;; /*) t=/ ;; *) t=. ;; esac; }
put() {
  [ ! -L "$1" ] || set -- "$(readlink -f -- "$1")"
  folder_of "$1"
  [ -d "$t" ] || give_up "Failed to write to file $1: there is no folder $t"
  t=$(mktemp "$t/.cef-XXXXXX" 2>/dev/null) || give_up "Failed to write to file $1: its folder is not writable"
  m=$( { cat "$w/new" >"$t"; } 2>&1) || { rm -f "$t"; give_up "Failed to write to file $1: ${m##*: }"; }
  if [ -e "$1" ]; then
    set -- "$1" $(stat -c '%u:%g %a' -- "$1")
    chown "$2" "$t" 2>/dev/null; chmod "$3" "$t"
  else
    chmod 644 "$t"
  fi
  m=$(mv -f -- "$t" "$1" 2>&1) || { rm -f "$t"; give_up "Could not replace file: $t to $1: ${m##*: }"; }
}
)sh";

}  // namespace

Json Answers::number(const std::string& key) const {
  const std::string digits = text(key);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return !digits.empty() && error == std::errc{} && end == digits.data() + digits.size() ? Json(value) : Json();
}

Json Answers::failed() const {
  Json failed = failure(valid_text(text("fail")));
  if (has("rc")) {
    failed["rc"] = number("rc");
  }
  if (has("cmd")) {
    failed["cmd"] = text("cmd");
  }
  if (has("stdout") || has("stderr")) {
    add_output(failed, text("stdout"), text("stderr"));
  }
  add_warnings(failed, warnings);
  return failed;
}

Result<Answers> ask(const Call& call, const std::string& script, std::string input) {
  const auto answer = call.run(k_functions_of_systems + assign("check", call.check ? "1" : "") + script + "\nfinish\n",
                               std::move(input));
  if (!answer) {
    return fail(answer.error());
  }
  Answers answers;
  Fields fields(answer->out);
  while (!fields.rest().empty()) {
    const std::string key = fields.next();
    std::string value = fields.next();
    if (key == "warn") {
      answers.warnings.push_back(valid_text(value));
    } else {
      answers.values[key] = std::move(value);
    }
  }
  if (!answers.has("end") && !answers.has("fail")) {
    answers.values["fail"] = task::script_error("the script", *answer).message;
  }
  return answers;
}

std::string assign(const std::string& name, const std::string& value) {
  return name + "=" + core::shell_quote(value) + "\n";
}

std::string assign_parameters(const Call& call, const std::vector<const char*>& names) {
  std::string script;
  for (const char* name : names) {
    const Json& value = call.args.at(name);
    script += assign(name, value.is_boolean() ? (value.get<bool>() ? "1" : "0") : call.text(name));
  }
  return script;
}

void add_warnings(Json& result, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    result["warnings"].push_back(warning);
  }
}

void add_said(Json& result, const Answers& answers) {
  Json both = Json::object();
  add_output(both, answers.text("stdout"), answers.text("stderr"));
  for (const char* name : {"stdout", "stderr"}) {
    if (!answers.text(name).empty()) {
      result[name] = both[name];
      result[std::string(name) + "_lines"] = both[std::string(name) + "_lines"];
    }
  }
}

Json failure_of(const Call& call, const Answers& answers) {
  Json failed = answers.failed();
  if (answers.has("rc")) {
    failed["name"] = call.text("name");
  }
  return failed;
}

}  // namespace cef::modules
