#include "service.hpp"
#include "system_family.hpp"
#include "text.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

constexpr const char* k_manager = R"sh(
if [ -z "${XDG_RUNTIME_DIR-}" ]; then XDG_RUNTIME_DIR=/run/user/$(id -u); export XDG_RUNTIME_DIR; fi
sc() { systemctl $options "$@"; }
ignored() { case $1 in *=*) return 1 ;; *'ignoring request'*|*'ignoring command'*) return 0 ;; esac; return 1; }
missing() { [ -n "$found" ] || give_up "Could not find the requested service $name: host"; }
property() { sed -n "s/^$1=//p" "$w/out" | tail -n 1; }
chrooted() {
  [ -z "${debian_chroot-}" ] || return 0
  [ "$(stat -L -c %d:%i / 2>/dev/null)" != "$(stat -L -c %d:%i /proc/1/root/. 2>/dev/null)" ]
}
boot_links() { for l in /etc/rc?.d/S??"$name"; do [ ! -e "$l" ] || return 0; done; return 1; }
need systemctl
early=
if [ "$daemon_reload$enabled" = 11 ] && [ -z "$check$masked" ]; then  # enable reloads too: one does for both
  try sc is-enabled "$name"
  if [ "${out%?}" = disabled ]; then
    try sc enable --no-reload "$name"
    [ $rc != 0 ] || { early=1; say changed 1; say enabled_early 1; }
  fi
fi
if [ "$daemon_reload" = 1 ] && [ -z "$check" ]; then
  try sc daemon-reload
  [ $rc = 0 ] || give_up "failure $rc during daemon-reload: $err"
fi
if [ "$daemon_reexec" = 1 ] && [ -z "$check" ]; then
  try sc daemon-reexec
  [ $rc = 0 ] || give_up "failure $rc during daemon-reexec: $err"
fi
[ -n "$name" ] || finish
)sh";

/// Is there such a unit, and what is it like?
constexpr const char* k_look = R"sh(
script=; [ ! -x "/etc/init.d/$name" ] || script=1
found=; status=; active=
try sc show "$name"
if [ $rc = 0 ] && ! ignored "$out" && ! ignored "$err"; then
  status=$out; load= active=
  for v in $(sed -n 's/^LoadState=/l/p; s/^ActiveState=/a/p' "$w/out"); do
    case $v in l*) load=${v#l} ;; a*) active=${v#a} ;; esac
  done
  [ -z "$load" ] || [ "$load" = not-found ] || found=1
  if [ -n "$found" ] && [ "$load" != masked ]; then
    case "
$status" in *"
LoadError="*) give_up "Error loading unit file '$name': $(property LoadError)" ;; esac
  fi
elif [ $rc = 1 ] && case $err in *'Failed to parse bus message'*) : ;; *) false ;; esac; then
  status=$out
  base=${name%%@*}; case $name in *@*) base=$base@ ;; esac
  try sc list-unit-files "$base*"
  case $out in *"$base"*) found=1 ;; esac
  try sc is-active "$name"; active=${out%?}
else
  try sc is-enabled "$name"
  case ${out%?} in
    enabled|enabled-runtime|linked|linked-runtime|masked|masked-runtime|static|indirect|disabled|generated|transient)
      found=1 ;;
    *)
      try sc list-unit-files "$name"
      if [ $rc = 0 ]; then found=1; else
        try sc
        if [ $rc != 0 ]; then say cmd "$(command -v systemctl)${options:+ $options}"; say rc $rc; say stdout "$out"; say stderr "$err"; give_up "${err%?}"; fi
      fi ;;
  esac
fi
if [ -n "$script" ] && [ -z "$found" ]; then
  found=1
  say warn "The service ($name) is actually an init script but the system is managed by systemd"
fi
say status "$status"
)sh";

constexpr const char* k_change = R"sh(
if [ -n "$masked" ]; then
  try sc is-enabled "$name"
  now=0; [ "${out%?}" != masked ] || now=1
  if [ $now != "$masked" ]; then
    say changed 1
    action=unmask; [ "$masked" = 0 ] || action=mask
    if [ -z "$check" ]; then try sc $action "$name"; [ $rc = 0 ] || missing; fi
  fi
fi
if [ -n "$enabled" ]; then
  missing
  now=0 rc=0 out=enabled.
  [ -n "$early" ] || try sc is-enabled "$name" -l
  case $rc in
    0) case ${out%?} in indirect|alias) ;; *) now=1 ;; esac ;;
    1) case ${out%?} in *disabled) ;; *) [ "$scope" != system ] || [ -z "$script" ] || ! boot_links || now=1 ;; esac ;;
  esac
  if [ $now != "$enabled" ]; then
    say changed 1
    action=disable; [ "$enabled" = 0 ] || action=enable
    if [ -z "$check" ]; then
      try sc $action "$name"
      [ $rc = 0 ] || give_up "Unable to $action service $name: $out$err"
    fi
  fi
  say enabled "$enabled"
fi
if [ -n "$state" ]; then
  missing
  say state "$state"
  if [ -n "$active" ]; then
    action=
    case $state/$active in
      started/active|started/activating) ;;
      started/*) action=start ;;
      stopped/active|stopped/activating|stopped/deactivating) action=stop ;;
      stopped/*) ;;
      */active|*/activating) action=${state%ed}; say state started ;;
      *) action=start; say state started ;;
    esac
    if [ -n "$action" ]; then
      say changed 1
      if [ -z "$check" ]; then
        try sc $action "$name"
        [ $rc = 0 ] || give_up "Unable to $action service $name: $err"
      fi
    fi
  elif chrooted || [ "${SYSTEMD_OFFLINE-}" = 1 ]; then
    say warn 'Target is a chroot or systemd is offline. This can lead to false positives or prevent the init system tools from working.'
  else
    give_up 'Service is in unknown state'
  fi
fi
)sh";

std::string strip(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  return begin == std::string::npos ? "" : strip_end(text.substr(begin), " \t\r\n");
}

std::string options_of(const Call& call) {
  std::string options = call.text("scope") == "system" ? "" : "--" + call.text("scope");
  options += call.flag("no_block") ? " --no-block" : "";
  return options + (call.flag("force") ? " --force" : "");
}

}  // namespace

Json parse_properties(const std::string& text) {
  Json properties = Json::object();
  std::string key;
  std::string value;
  for (const std::string& line : split_lines(text)) {
    if (!key.empty()) {
      value += "\n" + line;
    } else if (const std::size_t sign = line.find('='); sign != std::string::npos) {
      key = line.substr(0, sign);
      value = line.substr(sign + 1);
      if (key.starts_with("Exec") && strip(value).starts_with("{") && !strip(value).ends_with("}")) {
        continue;
      }
    } else {
      continue;
    }
    if (!key.starts_with("Exec") || !strip(value).starts_with("{") || strip(line).ends_with("}")) {
      properties[key] = valid_text(strip(value));
      key.clear();
    }
  }
  return properties;
}

std::string systemd_script(const Call& call) {
  return assign_parameters(call, {"name", "state", "enabled", "masked", "daemon_reload", "daemon_reexec", "scope"}) +
         assign("options", options_of(call)) + k_manager + k_look + k_change;
}

std::optional<Json> check_systemd(const Call& call) {
  const std::string name = call.text("name");
  for (const char* wants : {"state", "enabled", "masked"}) {
    if (call.given(wants) && !call.given("name")) {
      return failure(std::string("missing parameter(s) required by '") + wants + "': name");
    }
  }
  for (const char pattern : {'*', '?', '['}) {
    if (name.find(pattern) != std::string::npos) {
      return failure(std::string("This module does not currently support using glob patterns, found '") + pattern +
                     "' in service name: " + name);
    }
  }
  return std::nullopt;
}

Json systemd_result(const Call& call, const Answers& answers) {
  Json status = parse_properties(answers.text("status"));
  if (answers.has("fail")) {
    Json failed = answers.failed();
    if (answers.text("fail") == "Service is in unknown state") {
      failed["status"] = std::move(status);
    }
    return failed;
  }
  if (answers.has("enabled_early")) {
    status["UnitFileState"] = "disabled";  // Ansible shows what was
  }
  Json result = {{"changed", answers.yes("changed")}, {"name", call.args.at("name")}, {"status", std::move(status)}};
  if (answers.has("enabled")) {
    result["enabled"] = answers.yes("enabled");
  }
  if (answers.has("state")) {
    result["state"] = answers.text("state");
  }
  add_warnings(result, answers.warnings);
  return result;
}

Result<Json> run_systemd(const Call& call) {
  if (auto wrong = check_systemd(call)) {
    return *wrong;
  }
  const auto answers = ask(call, systemd_script(call));
  if (!answers) {
    return fail(answers.error());
  }
  return systemd_result(call, *answers);
}

}  // namespace cef::modules
