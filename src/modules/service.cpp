// As Ansible's action plugin does, `service` is the module systemd where that runs the host; else scripts of System V,
// or OpenRC.
#include "service.hpp"
#include "system_family.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

constexpr const char* k_is_systemd = R"sh(
by_systemd() {
  has systemctl || return 1
  for d in /run/systemd/system/ /dev/.run/systemd/ /dev/.systemd/; do [ ! -e "$d" ] || return 0; done
  case $(cat /proc/1/comm 2>/dev/null) in *systemd*) return 0 ;; esac
  return 1
}
)sh";

constexpr const char* k_tools = R"sh(
script=; [ ! -f "/etc/init.d/$name" ] || script=/etc/init.d/$name
tool=; control=
if has rc-service; then tool=rc-update; control=rc-service
elif [ -n "$script" ]; then
  for p in update-rc.d chkconfig; do if has $p; then tool=$p; break; fi; done
fi
[ -n "$tool" ] || give_up "Could not find the requested service $name: host"
[ -n "$control" ] || ! has service || control=service
said_why() { if [ -n "$err" ]; then give_up "$err"; else give_up "$out"; fi; }
control() {
  if [ -n "$control" ]; then try "$control" "$name" "$@" $arguments; else try "$script" "$@" $arguments; fi
}
links() { for l in /etc/rc?.d/$1??"$name"; do [ ! -e "$l" ] || return 0; done; return 1; }
changed=
)sh";

constexpr const char* k_enable = R"sh(
if [ -n "$enabled" ]; then
  now=0
  case $tool in
    update-rc.d) ! links S || now=1 ;;
    chkconfig)
      try chkconfig --list "$name"
      case $out in *"$name"*) ;; *) give_up "service $name does not support chkconfig" ;; esac
      case $out in *3:on*5:on*) now=1 ;; esac ;;
    rc-update)
      try rc-update show
      ! printf '%s' "$out" | sed -n "s/^ *\([^ ]*\) *| *\(.*\)$/ \1 | \2 /p" | grep -F " $name |" |
        grep -qF " $runlevel " || now=1 ;;
  esac
  if [ $now != "$enabled" ]; then
    changed=1
    if [ -z "$check" ]; then
      case $tool/$enabled in
        update-rc.d/1)
          if ! links K; then try update-rc.d "$name" defaults; [ $rc = 0 ] || said_why; fi
          try update-rc.d "$name" enable; [ $rc = 0 ] || said_why ;;
        update-rc.d/0) try update-rc.d "$name" disable; [ $rc = 0 ] || said_why ;;
        chkconfig/1) try chkconfig "$name" on ;;
        chkconfig/0) try chkconfig "$name" off ;;
        rc-update/1) try rc-update add "$name" "$runlevel" ;;
        rc-update/0) try rc-update delete "$name" "$runlevel" ;;
      esac
      [ $rc = 0 ] || give_up "Error when trying to change $name: rc=$rc $err"
    fi
  fi
fi
)sh";

/// Scripts do not agree on what their `status` says; the order is Ansible's.
constexpr const char* k_state = R"sh(
[ -n "$state" ] || { say changed "$changed"; finish; }
running=
if [ -n "$pattern" ]; then
  running=0; ! ps auxww 2>/dev/null | grep -F -- "$pattern" | grep -vq 'grep -F' || running=1
else
  control status
  case $rc in 1|2|3|4|69) running=0 ;; esac
  if [ -z "$running" ] && [ "$(printf '%s' "$out" | wc -l)" -le 1 ]; then
    said=$(printf '%s' "$out" | tr '[:upper:]' '[:lower:]'); own=$(printf '%s' "$name" | tr '[:upper:]' '[:lower:]')
    while case $said in *"$own"*) : ;; *) false ;; esac; do said=${said%%"$own"*}${said#*"$own"}; done
    case $said in
      *stop*) running=0 ;;
      *'not '*run*|*run*'not '*) running=0 ;;
      *run*) running=1 ;;
      *'not '*) ;;
      *start*) running=1 ;;
      *'could not access pid file'*|*'dead and pid file exists'*|*'dead but '*) running=0 ;;
    esac
  fi
  [ -n "$running" ] || [ $rc != 0 ] || running=1
fi
[ -n "$running" ] || give_up 'failed determining service state, possible typo of service name?'
action=
case $state/$running in
  started/0|reloaded/0) action=start ;;
  stopped/1) action=stop ;;
  reloaded/1) action=reload ;;
  restarted/*) action=restart ;;
esac
if [ -n "$action" ]; then
  [ -z "$check" ] || { say msg 'service state changed'; say changed 1; finish; }
  changed=1
  if [ $action = restart ] && [ "$control" != rc-service ]; then
    control stop; first=$rc; said=$err$out
    [ -z "$sleep" ] || sleep "$sleep"
    control start
    [ $rc = 0 ] || err=$said$err
  else
    control $action
  fi
  [ $rc = 0 ] || said_why
fi
say changed "$changed"
)sh";

Json script_result(const Call& call, const Answers& answers) {
  if (answers.has("fail")) {
    return answers.failed();
  }
  if (answers.has("msg")) {
    return {{"changed", true}, {"msg", answers.text("msg")}};
  }
  Json result = {{"changed", answers.yes("changed")}, {"name", call.text("name")}};
  if (call.given("enabled")) {
    result["enabled"] = call.flag("enabled");
  }
  if (call.given("state")) {
    result["state"] = call.text("state") == "stopped" ? "stopped" : "started";
  }
  return result;
}

}  // namespace

Result<Json> run_service(const Call& call) {
  const bool of_systemd = call.flag("daemon_reload") || call.flag("daemon_reexec") || call.given("masked");
  if (!call.given("state") && !call.given("enabled") && !of_systemd) {
    return failure("one of the following is required: state, enabled");
  }
  if (auto wrong = check_systemd(call)) {
    return *wrong;
  }
  const std::string use = call.text("use");
  const Json manager = call.facts.is_object() ? call.facts.value("service_mgr", Json()) : Json();
  std::string by = use == "systemd" || manager == "systemd" ? "if :; then say by systemd\n"
                   : use == "auto" ? std::string(k_is_systemd) + "if by_systemd; then say by systemd\n"
                                   : "if false; then :\n";
  const auto answers =
      ask(call, by + systemd_script(call) + "\nfinish\nfi\n" +
                    assign_parameters(call, {"name", "state", "enabled", "arguments", "runlevel", "sleep", "pattern"}) +
                    k_tools + k_enable + k_state);
  if (!answers) {
    return fail(answers.error());
  }
  return answers->text("by") == "systemd" ? systemd_result(call, *answers) : script_result(call, *answers);
}

}  // namespace cef::modules
