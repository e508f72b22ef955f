#include "cef/core/shell.hpp"
#include "facts.hpp"
#include "text.hpp"

namespace cef::modules {
namespace {

constexpr const char* k_functions = R"sh(
printf 'env\0'; tr '\0' '\1' </proc/self/environ 2>/dev/null; printf '\0'
LC_ALL=C; export LC_ALL
out() { printf '%s\0' "$1"; shift; "$@" 2>/dev/null; printf '\0'; }
file() { [ ! -r "$2" ] || out "$1" cat "$2"; }
# One line of a file, without a fork; ended with \1.
first() { v=; [ ! -f "$1" ] || { IFS= read -r v <"$1"; } 2>/dev/null; printf '%s\1' "$v"; }
)sh";

constexpr const char* k_minimum = R"sh(
file os-release /etc/os-release; file debian_version /etc/debian_version; file lsb-release /etc/lsb-release
file redhat-release /etc/redhat-release; file alpine-release /etc/alpine-release
! command -v lsb_release >/dev/null || out lsb lsb_release -a
out uname sh -c 'uname -s; uname -r; uname -v; uname -m; uname -n'
out fqdn hostname -f
out bits getconf LONG_BIT
file machine-id-dbus /var/lib/dbus/machine-id; file machine-id /etc/machine-id
out ids sh -c 'id -u; id -ru; id -g; id -rg; id -un'
out passwd sh -c 'getent passwd "$(id -u)" || awk -F: -v u="$(id -u)" "\$3 == u" /etc/passwd'
out date date '+%Y|%m|%A|%w|%W|%d|%H|%M|%S|%s|%N|%Z|%z'
out date-utc date -u '+%Y-%m-%dT%H:%M:%S'
out date-dst sh -c 'y=$(date +%Y); date -d "$y-01-01" "+%z %Z"; date -d "$y-07-01" "+%z %Z"'
file cmdline /proc/cmdline; file resolv.conf /etc/resolv.conf; file comm1 /proc/1/comm; file fips /proc/sys/crypto/fips_enabled
for m in apt-get apt dnf yum zypper pacman apk opkg; do for d in /usr/bin /bin /usr/sbin /sbin; do
  [ ! -x $d/$m ] || { out "pkg-$m" :; break; }; done; done
[ ! -d /run/systemd/system ] || out systemd :
[ ! -L /sbin/init ] || out init readlink /sbin/init
[ ! -d /etc/init.d ] || out sysvinit :
[ ! -x /sbin/openrc ] || out openrc :
[ ! -d /sys/kernel/security/apparmor ] || out apparmor :
[ ! -d /sys/fs/selinux ] || { file selinux-enforce /sys/fs/selinux/enforce; file selinux-config /etc/selinux/config; out selinux :; }
if [ -r /proc/1/root/. ]; then [ /proc/1/root/. -ef / ] || out chroot :
else case $(stat -c %i /) in 2|128|256) ;; *) out chroot : ;; esac; fi
for k in dsa ecdsa ed25519 rsa; do file "ssh-$k" /etc/ssh/ssh_host_${k}_key.pub; done
file loadavg /proc/loadavg
)sh";

constexpr const char* k_hardware = R"sh(
file cpuinfo /proc/cpuinfo; file meminfo /proc/meminfo; file uptime /proc/uptime
out nproc nproc
[ ! -e /proc/xen ] || out xen :
file mounts /proc/mounts
printf 'statfs\0'
while read -r d p t o; do
  case $d in /*|*:/*) ;; *) continue ;; esac
  printf '%s\1' "$p"; q=$(printf '%b' "$p"); timeout 5 stat -f -c '%s %S %b %a %c %d' -- "$q" 2>/dev/null || echo
done </proc/mounts
printf '\0'
out lsblk lsblk --list --noheadings --paths --output NAME,UUID --exclude 2
out findmnt findmnt -lnur
d=/sys/devices/virtual/dmi/id
if [ -e $d/product_name ]; then printf 'dmi\0'
  for k in bios_date bios_vendor bios_version board_asset_tag board_name board_serial board_vendor board_version \
    chassis_asset_tag chassis_serial chassis_vendor chassis_version chassis_type product_name product_serial product_uuid \
    product_version sys_vendor; do printf '%s\1' $k; [ -r $d/$k ] && first $d/$k || printf 'NA\1'; done
  printf '\0'
fi
printf 'links\0'
for k in id uuid label; do for l in /dev/disk/by-$k/*; do
  [ ! -L "$l" ] || printf '%s\1%s\1%s\1' $k "${l##*/}" "$(readlink "$l")"; done; done
for l in /sys/block/*/slaves/*; do [ ! -e "$l" ] || { b=${l#/sys/block/}; printf 'master\1%s\1%s\1' "${b%%/*}" "${l##*/}"; }; done
printf '\0blocks\0'
for b in /sys/block/*; do
  [ -d "$b" ] || continue
  printf 'disk\1%s\1' "${b##*/}"
  for f in device/vendor device/model device/sas_address device/sas_device_handle device/serial removable \
    queue/discard_granularity queue/rotational queue/scheduler size queue/logical_block_size; do first "$b/$f"; done
  h=; for l in "$b"/holders/*; do [ ! -e "$l" ] || { IFS= read -r v <"$l/dm/name"; h="$h ${v:-${l##*/}}"; } 2>/dev/null; done
  printf '%s\1' "$h"
  for p in "$b/${b##*/}"*; do
    [ -f "$p/partition" ] || continue
    printf 'part\1%s\1' "${p##*/}"; for f in start size queue/logical_block_size; do first "$p/$f"; done
  done
done
printf '\0'
)sh";

constexpr const char* k_network = R"sh(
out ip-addr ip addr show
out route4 ip -4 route get 8.8.8.8
out route6 ip -6 route get 2404:6800:400a:800::1012
printf 'interfaces\0'
for n in /sys/class/net/*; do
  [ -d "$n" ] || continue
  printf '%s\1' "${n##*/}"
  for f in address mtu operstate type speed flags; do first "$n/$f" ; done
  m=; [ ! -e "$n/device/driver/module" ] || m=$(readlink -f "$n/device/driver/module")
  d=; [ ! -e "$n/device" ] || d=$(readlink "$n/device")
  b=; i=; [ ! -d "$n/bridge" ] || { b=1; for p in "$n"/brif/*; do [ ! -e "$p" ] || i="$i ${p##*/}"; done; }
  o=; [ ! -d "$n/bonding" ] || o=1
  printf '%s\1%s\1%s\1%s\1%s\1' "${m##*/}" "${d##*/}" "$b" "$i" "$o"
  first "$n/bridge/bridge_id"; first "$n/bridge/stp_state"
  first "$n/bonding/slaves"; first "$n/bonding/mode"; first "$n/bonding/miimon"; first "$n/bonding/lacp_rate"
done
printf '\0'
)sh";

constexpr const char* k_virtual = R"sh(
file cgroup1 /proc/1/cgroup; out environ1 sh -c 'tr "\0" "\n" </proc/1/environ'
file container /run/systemd/container
for f in /proc/vz /proc/lve /proc/bc /.dockerenv /.dockerinit /proc/xen /dev/kvm; do [ ! -e $f ] || out "has $f" :; done
file xen-capabilities /proc/xen/capabilities
d=/sys/devices/virtual/dmi/id
for f in product_name sys_vendor product_family bios_vendor; do file "v-$f" $d/$f; done
file cpuinfo /proc/cpuinfo; file modules /proc/modules
)sh";

}  // namespace

std::string facts_script(const FactGroups& groups, const std::string& fact_path) {
  std::string script = k_functions;
  if (groups.minimum) {
    script += k_minimum;
    script += "printf 'local\\0'\nfor f in " + path_word(fact_path) +
              "/*.fact; do\n  [ -f \"$f\" ] || continue\n  n=${f##*/}; printf '%s\\1' \"${n%.fact}\"\n"
              "  if [ -x \"$f\" ]; then o=$(timeout 30 \"$f\" 2>/dev/null </dev/null); printf '%s\\1%s\\1' $? \"$o\"\n"
              "  else printf 'file\\1%s\\1' \"$(cat \"$f\")\"; fi\ndone\nprintf '\\0'\n";
  }
  script += groups.hardware ? k_hardware : "";
  script += groups.network ? k_network : "";
  script += groups.virtualization ? k_virtual : "";
  return script;
}

}  // namespace cef::modules
