#include "system_family.hpp"
#include "system_script.hpp"
#include "text.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

constexpr const char* k_zone = R"sh(
messages=
abort() {
  m="Error message:
$1"
  [ -z "$messages" ] || m="$m
Other message(s):
$messages"
  give_up "$m"
}
run() {
  p=$(command -v "$1"); shift; set -- "$p" "$@"
  try "$@"
  if [ $rc != 0 ]; then say cmd "$*"; say rc $rc; say stdout "$out"; say stderr "$err"; give_up "${err%?}"; fi
}
tell() { run "$@"; shift; told "executed \`$p $*\`"; }
told() { fresh=; messages="$messages${messages:+
}$1"; }
[ -z "$name" ] || [ -f "/usr/share/zoneinfo/$name" ] || abort "given timezone \"$name\" is not available"
make_w
by_manager=; if has timedatectl && timedatectl >"$w/status" 2>/dev/null </dev/null; then by_manager=1; fi
fresh=1
)sh";

constexpr const char* k_by_manager = R"sh(
look() {
  [ -n "$fresh" ] || timedatectl status >"$w/status" 2>/dev/null </dev/null
  zone=$(sed -n 's/^ *Time \{0,1\}zone *: *\([^ ]*\).*$/\1/p' "$w/status" | head -n 1)
  clock=UTC; case $(sed -n 's/^ *RTC in local TZ *: *//p' "$w/status" | head -n 1) in y*) clock=local ;; esac
}
set_zone() { tell timedatectl set-timezone "$name"; }
set_clock() {
  v=no; [ "$hwclock" != local ] || v=yes
  tell timedatectl set-local-rtc $v
}
)sh";

/// Without systemd: /etc/timezone and /etc/localtime as Debian has them, /etc/sysconfig/clock elsewhere.
constexpr const char* k_by_files = R"sh(
conf=/etc/timezone; key=; clock_conf=/etc/default/rcS
if ! has dpkg-reconfigure; then
  case $(sed -n 's/^ID=//p' /etc/os-release 2>/dev/null) in
    alpine|gentoo) clock_conf=/etc/conf.d/hwclock ;;
    *) conf=/etc/sysconfig/clock; clock_conf=$conf; key=ZONE; ! grep -q '^TIMEZONE *=' "$conf" 2>/dev/null || key=TIMEZONE ;;
  esac
fi
zone_of_link() {
  if [ -L /etc/localtime ]; then
    [ -e /etc/localtime ] || { echo n/a; return; }
    l=$(readlink /etc/localtime)
    case $l in */usr/share/zoneinfo/*|*/etc/zoneinfo/*) printf %s "${l#*/zoneinfo/}" ;; *) echo n/a ;; esac
  elif cmp -s /etc/localtime "/usr/share/zoneinfo/$name"; then printf %s "$name"
  else echo n/a; fi
}
look() {
  if [ -z "$key" ]; then zone=$(sed -n 's/^\([^[:space:]]\{1,\}\).*$/\1/p' "$conf" 2>/dev/null | head -n 1)
  else zone=$(sed -n "s/^$key *= *\"\{0,1\}\([^\"[:space:]]*\).*$/\1/p" "$conf" 2>/dev/null | head -n 1); fi
  zone=${zone:-n/a}
  [ "$zone" != "$name" ] || zone=$(zone_of_link)
  clock=n/a
  case $(sed -n 's/^UTC *= *//p' "$clock_conf" 2>/dev/null | head -n 1) in [yY]*|true|1|on) clock=UTC ;; [nN]*|false|0|off) clock=local ;; esac
  if [ "$clock" = "$hwclock" ]; then clock=UTC; ! grep -q '^LOCAL$' /etc/adjtime 2>/dev/null || clock=local; fi
}
edit() {  # FILE PATTERN LINE: in the place of the first that matches, else first; the others go
  n=$(grep -c -- "$2" "$1" 2>/dev/null); n=${n:-0}
  if [ "$n" = 0 ]; then { printf '%s\n' "$3"; [ ! -e "$1" ] || cat -- "$1"; } >"$w/new"
  else NEW=$3 awk -v p="$2" '$0 ~ p { if (!done) print ENVIRON["NEW"]; done = 1; next } { print }' "$1" >"$w/new"; fi
  [ -d "$(dirname -- "$1")" ] || abort "tried to configure a file \"$1\", but could not write to it"
  put "$1"; told "Added 1 line and deleted $n line(s) on $1"
}
set_zone() {
  if [ -z "$key" ]; then edit "$conf" '^[^[:space:]]' "$name"; else edit "$conf" "^$key *=" "$key=\"$name\""; fi
  if has dpkg-reconfigure; then
    run ln -sf "/usr/share/zoneinfo/$name" /etc/localtime
    run dpkg-reconfigure --frontend noninteractive tzdata
  elif has setup-timezone; then run setup-timezone -z "$name"
  else rm -f /etc/localtime; run cp "/usr/share/zoneinfo/$name" /etc/localtime; fi
}
set_clock() {
  o=--utc; v=yes; [ "$hwclock" != local ] || { o=--localtime; v=no; }
  edit "$clock_conf" '^UTC *=' "UTC=$v"
  tell hwclock --systohc $o
}
need hwclock
)sh";

constexpr const char* k_change = R"sh(
look
say zone_before "$zone"; say clock_before "$clock"
[ -z "$check" ] || finish
if [ -n "$hwclock" ] && [ "$clock" != "$hwclock" ]; then set_clock; fi
if [ -n "$name" ] && [ "$zone" != "$name" ]; then set_zone; fi
look
say zone_after "$zone"; say clock_after "$clock"; say msg "$messages"
values() {  # CLOCK ZONE, as Python writes them
  v=; [ -z "$hwclock" ] || v="'hwclock': '$1'"
  [ -z "$name" ] || v="$v${v:+, }'name': '$2'"
  printf '{%s}' "$v"
}
planned=$(values "$hwclock" "$name"); after=$(values "$clock" "$zone")
[ "$planned" = "$after" ] ||
  abort "still not desired state, though changes have made - planned: $planned, after: $after"
)sh";

}  // namespace

Result<Json> run_timezone(const Call& call) {
  if (!call.given("name") && !call.given("hwclock")) {
    return failure("one of the following is required: hwclock, name");
  }
  const auto answers =
      ask(call, assign_parameters(call, {"name", "hwclock"}) + k_zone + "if [ -n \"$by_manager\" ]; then\n" +
                    k_by_manager + "else\n" + k_by_files + "fi\n" + k_change);
  if (!answers) {
    return fail(answers.error());
  }
  if (answers->has("fail")) {
    return answers->failed();
  }
  Json before = Json::object();
  Json after = Json::object();
  for (const auto& [key, said] : {std::pair<const char*, std::string>{"hwclock", "clock"}, {"name", "zone"}}) {
    if (call.given(key)) {
      before[key] = answers->text(said + "_before");
      after[key] = call.check ? call.text(key) : answers->text(said + "_after");
    }
  }
  Json result = {{"changed", before != after}, {"diff", {{"before", before}, {"after", after}}}};
  if (!answers->text("msg").empty()) {
    result["msg"] = answers->text("msg");
  }
  return result;
}

}  // namespace cef::modules
