#include "system_family.hpp"
#include "system_script.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

constexpr const char* k_group = R"sh(
entry() {
  if [ "$local" = 1 ] || ! has getent; then awk -F: -v n="$name" '$1 == n' /etc/group; else getent group "$name"; fi
}
id_of() { e=$(entry); e=${e#*:*:}; printf %s "${e%%:*}"; }

free() {
  [ "$local" = 1 ] && [ -n "$gid" ] || return 0
  o=$(awk -F: -v g="$gid" -v n="$name" '$3 == g && $1 != n { print $1; exit }' /etc/group)
  [ -z "$o" ] || give_up "GID '$gid' already exists with group '$o'"
}
change() { need "$1"; try_or_fail "$@" "$name"; say changed 1; say stdout "$out"; say stderr "$err"; }
now=$(id_of)
if [ "$state" = absent ]; then
  [ -n "$now" ] || finish
  [ -z "$check" ] || { say changed 1; say only 1; finish; }
  set -- "groupdel"
elif [ -z "$now" ]; then
  [ -z "$check" ] || { say changed 1; say only 1; finish; }
  free
  set -- "groupadd"
  if [ -n "$gid" ]; then set -- "$@" -g "$gid"; [ "$non_unique" != 1 ] || set -- "$@" -o; fi
  [ "$system" != 1 ] || set -- "$@" -r
elif [ -n "$gid" ] && [ "$gid" != "$now" ]; then
  free
  set -- "groupmod" -g "$gid"
  [ "$non_unique" != 1 ] || set -- "$@" -o
  [ -z "$check" ] || { say changed 1; say gid "$now"; finish; }
else
  say gid "$now"; finish
fi
change "$@"
say gid "$(id_of)"
)sh";

}  // namespace

Result<Json> run_group(const Call& call) {
  if (call.flag("non_unique") && !call.given("gid")) {
    return failure("non_unique is True but all of the following are missing: gid");
  }
  const auto answers =
      ask(call, assign_parameters(call, {"name", "gid", "state", "system", "local", "non_unique"}) + k_group);
  if (!answers) {
    return fail(answers.error());
  }
  if (answers->has("fail")) {
    Json failed = failure_of(call, *answers);
    failed.erase("rc");
    return failed;
  }
  if (answers->has("only")) {
    return Json{{"changed", true}};
  }
  Json result = {{"changed", answers->yes("changed")}, {"name", call.text("name")}, {"state", call.text("state")}};
  add_said(result, *answers);
  if (const Json gid = answers->number("gid"); !gid.is_null()) {
    result["gid"] = gid;
    result["system"] = call.flag("system");
  }
  return result;
}

}  // namespace cef::modules
