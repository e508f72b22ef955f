#include "apt_script.hpp"

#include "cef/core/shell.hpp"

namespace cef::task {

namespace {

// `detached` runs a program in a session of its own with its output in a file: dpkg must not die of a broken
// connection. apt-get's own DPkg::Lock::Timeout does not cover the locks of lists and archives, so `apt` tries again by
// itself.
constexpr const char* k_head = R"sh(
LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a UCF_FORCE_CONFFOLD=1
export LC_ALL DEBIAN_FRONTEND NEEDRESTART_MODE UCF_FORCE_CONFFOLD
command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || { echo 'this host has no apt-get' >&2; exit 3; }
d=$(mktemp -d "${TMPDIR:-/tmp}/cef-apt.XXXXXX") || exit 1
trap 'rm -rf "$d"' EXIT
section() { printf '\n==cef %s\n' "$1"; }
trouble() { section trouble; cat "$d/log"; exit 1; }
detached() {
  rm -f "$d/rc"
  (trap '' HUP; exec setsid sh -c 'd=$1; shift; "$@" >"$d/log" 2>&1 </dev/null; echo $? >"$d/rc"' sh "$d" "$@") &
  wait $!
  return "$(cat "$d/rc" 2>/dev/null || echo 1)"
}
apt() {
  until detached apt-get -q -y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"; do
    grep -q '^E: Could not get lock' "$d/log" || return 1
    [ "$(date +%s)" -lt "$give_up" ] || return 1
    sleep 1
  done
}
installed() { dpkg-query -W -f='${db:Status-Abbrev} ${binary:Package}\t${Version}\n' | sed -n 's/^.[iHUFWt][^ ]* *//p' | sort; }
lists() { cat /var/lib/apt/lists/*Release /var/lib/apt/lists/*Packages 2>/dev/null | cksum; }
)sh";

constexpr const char* k_repair = R"sh(
if [ -n "$(dpkg --audit)" ] || [ -n "$(ls /var/lib/dpkg/updates 2>/dev/null)" ]; then
  until detached dpkg --force-confdef --force-confold --configure -a; do
    grep -q 'lock' "$d/log" && [ "$(date +%s)" -lt "$give_up" ] || trouble
    sleep 1
  done
  apt --fix-broken install || trouble
  section repaired
fi
)sh";

// On a full disk `apt-get update` hangs.
constexpr const char* k_update = R"sh(
free=$(df -Pk /var/lib/apt/lists 2>/dev/null | awk 'NR == 2 { print $4 }' 2>/dev/null)
[ "${free:-1}" != 0 ] || { section trouble; echo 'E: No space left on device'; exit 1; }
before=$(lists)
apt update -o APT::Update::Error-Mode=any || trouble
! grep -qE '^(W|E): (Failed to fetch|Some index files failed)' "$d/log" || trouble
[ "$before" = "$(lists)" ] || section lists-changed
)sh";

constexpr const char* k_state = R"sh(
section broken
dpkg-query -W -f='${db:Status-Abbrev} ${binary:Package}\n' | sed -n 's/^.[HUFWt][^ ]* *//p'
now=$(date +%s) read=$(stat -c %Y /var/lib/apt/lists/partial 2>/dev/null || stat -c %Y /var/lib/apt/lists 2>/dev/null)
if [ -n "$read" ]; then section lists-age; echo $((now > read ? now - read : 0)); fi
if [ -e /run/reboot-required ]; then section reboot-required; cat /run/reboot-required.pkgs 2>/dev/null; fi
)sh";

}  // namespace

std::string apt_script(const AptOptions& options) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(options.lock_timeout).count();
  std::string script = std::string(k_head) + "give_up=$(($(date +%s) + " + std::to_string(seconds) + "))\n";
  if (options.repair) {
    script += k_repair;
  }
  const bool changes = options.action == AptAction::upgrade || options.action == AptAction::install;
  if (options.action == AptAction::update || (changes && options.update_lists)) {
    script += k_update;
  }
  std::string arguments = options.full || !changes ? "dist-upgrade" : "upgrade --with-new-pkgs";
  if (options.action == AptAction::install) {
    arguments = "install -- " + core::shell_join(options.packages);
  }
  // A simulation needs neither root nor a lock.
  script += "apt-get -q -s -o Debug::NoLocking=1 " + arguments +
            " >\"$d/log\" 2>&1 || trouble\nsection plan\ncat \"$d/log\"\n";
  if (changes && !options.check) {
    script +=
        "if grep -qE '^(Inst|Remv|Conf) ' \"$d/log\"; then\n  installed >\"$d/before\"\n  failed=\n  apt " + arguments +
        " || failed=1\n  installed >\"$d/after\"\n  section difference\n  comm -3 \"$d/before\" \"$d/after\"\nfi\n";
  }
  script += k_state;
  return script + (changes && !options.check ? "[ -z \"$failed\" ] || trouble\n" : "") + "exit 0\n";
}

}  // namespace cef::task
