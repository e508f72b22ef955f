#include "cef/core/shell.hpp"
#include "system_family.hpp"
#include "system_script.hpp"
#include "text.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

/// `pattern` is the name for a regular expression; `params` are words for the program.
constexpr const char* k_modprobe = R"sh(
need modprobe
loaded() {
  grep -q "^$(printf %s "$name" | tr - _) " /proc/modules 2>/dev/null ||
    grep -qE "/$pattern\.ko$" "/lib/modules/$(uname -r)/modules.builtin" 2>/dev/null
}
refused() { say rc $rc; say stdout "$out"; say stderr "$err"; give_up "$err"; }
if [ "$state" = present ] && ! loaded; then
  if [ -n "$check" ]; then try modprobe -n "$name" "$@"; else try modprobe "$name" "$@"; fi
  [ $rc = 0 ] || refused
  if [ -n "$check" ] || loaded; then
    say changed 1
  else
    try modprobe -n --first-time "$name" "$@"
    [ $rc = 0 ] || say warn "$err"
  fi
elif [ "$state" = absent ] && loaded; then
  if [ -n "$check" ]; then try modprobe -r "$name" -n; else try modprobe -r "$name"; fi
  [ $rc = 0 ] || refused
  say changed 1
fi
make_w
lines() { for f in "$1"/*; do [ ! -f "$f" ] || cat -- "$f"; done | grep -E "$2"; }
comment_out() {
  for f in "$1"/*; do
    if [ -f "$f" ] && grep -qE "$2" "$f"; then sed -E "s/$2/#&/" "$f" >"$w/new"; put "$f"; fi
  done
}
module="^ *$pattern *([#;].*)?$"
option="^options $pattern [A-Za-z0-9_]+=[^ ]+ *([#;].*)?$"
set_now=$(lines /etc/modprobe.d "$option" | sed -E "s/^options $pattern ([^ ]+).*$/\1/" | sort -u)
wanted=$(for p in $params; do printf '%s\n' "$p"; done | sort -u)
if [ "$persistent" = present ]; then
  if ! lines /etc/modules-load.d "$module" >"$w/out"; then
    say changed 1
    if [ -z "$check" ]; then
      mkdir -p /etc/modules-load.d; printf '%s\n' "$name" >"$w/new"; put "/etc/modules-load.d/$name.conf"
    fi
  fi
  if [ "$set_now" != "$wanted" ]; then
    say changed 1
    if [ -z "$check" ]; then
      comment_out /etc/modprobe.d "$option"
      mkdir -p /etc/modprobe.d
      for p in $params; do printf 'options %s %s\n' "$name" "$p"; done >"$w/new"; put "/etc/modprobe.d/$name.conf"
    fi
  fi
elif [ "$persistent" = absent ]; then
  if lines /etc/modules-load.d "$module" >"$w/out"; then
    say changed 1; [ -n "$check" ] || comment_out /etc/modules-load.d "$module"
  fi
  if [ -n "$set_now" ]; then
    say changed 1; [ -n "$check" ] || comment_out /etc/modprobe.d "$option"
  fi
fi
)sh";

std::string escaped(const std::string& name) {
  std::string pattern;
  for (const char c : name) {
    pattern += std::string_view(".[]*^$+?(){}|\\/").find(c) == std::string_view::npos ? std::string(1, c)
                                                                                      : "\\" + std::string(1, c);
  }
  return pattern;
}

}  // namespace

Result<Json> run_modprobe(const Call& call) {
  const auto params = split_words(call.text("params"));
  if (!params) {
    return failure(params.error().message);
  }
  std::string words = "set --";
  for (const std::string& word : *params) {
    words += " " + core::shell_quote(word);
  }
  const auto answers = ask(call, assign_parameters(call, {"name", "state", "params", "persistent"}) +
                                     assign("pattern", escaped(call.text("name"))) + words + "\n" + k_modprobe);
  if (!answers) {
    return fail(answers.error());
  }
  Json result = answers->has("fail") ? answers->failed() : Json::object();
  result["changed"] = answers->yes("changed") && !answers->has("fail");
  for (const char* name : {"name", "params", "state"}) {
    result[name] = call.text(name);
  }
  if (!answers->has("fail")) {
    add_warnings(result, answers->warnings);
  }
  return result;
}

}  // namespace cef::modules
