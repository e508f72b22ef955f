#include <algorithm>

#include "cef/core/shell.hpp"
#include "facts.hpp"
#include "text.hpp"

namespace cef::modules {
namespace {

// A fork costs a small board more than all else here: files are read together by one tail, and what the shell can ask
// by itself it does.
constexpr const char* k_functions = R"sh(
printf 'env\0'; tr '\0' '\1' </proc/self/environ 2>/dev/null; printf '\0'
LC_ALL=C; export LC_ALL
out() { printf '%s\0' "$1"; shift; "$@" 2>/dev/null; printf '\0'; }
have() { printf '%s\0\0' "$1"; }
# One line of a file, without a fork; ended with \1.
first() { v=; [ ! -f "$1" ] || { IFS= read -r v <"$1"; } 2>/dev/null; printf '%s\1' "$v"; }
)sh";

constexpr const char* k_minimum = R"sh(
! command -v lsb_release >/dev/null || out lsb lsb_release -a
out machine uname -m
out fqdn hostname -f
out bits getconf LONG_BIT
u=; while read -r k a b c; do case $k in Uid:) u=$b; break ;; esac; done </proc/self/status
printf 'passwd\0'; getent passwd "$u" 2>/dev/null || awk -F: -v u="$u" '$3 == u' /etc/passwd; printf '\0'
f='+%Y|%m|%A|%w|%W|%d|%H|%M|%S|%s|%N|%Z|%z'
printf 'date\0'
printf 'now\nJan 1\nJul 1\n' | date -f - "$f" 2>/dev/null || {  # busybox has no -f
  d=$(date "$f"); printf '%s\n' "$d"; for m in 01 07; do date -d "${d%%|*}-$m-01" "$f" 2>/dev/null; done; }
printf '\0'
for m in apt-get apt dnf yum zypper pacman apk opkg; do for d in /usr/bin /bin /usr/sbin /sbin; do
  [ ! -x $d/$m ] || { have "pkg-$m"; break; }; done; done
[ ! -d /run/systemd/system ] || have systemd
c=; { IFS= read -r c </proc/1/comm; } 2>/dev/null
case $c in ''|init|*sh) [ ! -L /sbin/init ] || out init readlink /sbin/init ;; esac
[ ! -d /etc/init.d ] || have sysvinit
[ ! -x /sbin/openrc ] || have openrc
[ ! -d /sys/kernel/security/apparmor ] || have apparmor
[ ! -d /sys/fs/selinux ] || have selinux
if [ -r /proc/1/root/. ]; then [ /proc/1/root/. -ef / ] || have chroot
else case $(exec stat -c %i /) in 2|128|256) ;; *) have chroot ;; esac; fi
)sh";

// What is mounted over the network may hang: each of it is asked by itself, beside the others, for five seconds.
constexpr const char* k_mounts = R"sh(
[ ! -e /proc/xen ] || have xen
m=$(exec cat /proc/mounts) w=$(printf '%%n\1%%s %%S %%b %%a %%c %%d')
ask() { r=$(exec timeout 5 stat -f -c "$w" -- "$@" 2>/dev/null); c=$?; printf '%s\n' "$r"; return $c; }
printf 'statfs\0'
set -f; set --; i=$IFS; n='
'
IFS=$n
for l in $m; do
  d=${l%% *} p=${l#* }; t=${p#* }; p=${p%% *}; t=${t%% *}
  case $d in /*|*:/*) ;; *) continue ;; esac
  case $p in *\\*) p=$(printf '%b' "$p") ;; esac
  case $t:$d in
    nfs*:*|cifs:*|smb*:*|fuse*:*|9p:*|ceph:*|afs:*|gfs*:*|ocfs*:*|lustre:*|ncp*:*|*:*:/*) ask "$p" & ;;
    *) set -- "$@" "$p" ;;
  esac
done
[ $# = 0 ] || { ask "$@"; [ $? != 124 ] || for p in "$@"; do ask "$p" & done; }
wait
printf '\0lsblk\0'
s=' ' x=
for l in $m; do
  d=${l%% *}
  case $d in /*) case $s in *" $d "*) continue ;; esac; s="$s$d " ;; *) continue ;; esac
  [ -b "$d" ] || continue
  set +f; for k in /dev/disk/by-uuid/*; do [ ! "$k" -ef "$d" ] || { printf '%s %s\n' "$d" "${k##*/}"; set -f; continue 2; }; done
  set -f; x="$x $d"
done
IFS=$i
[ -z "$x" ] || lsblk --nodeps --list --noheadings --paths --output NAME,UUID $x 2>/dev/null
set +f
printf '\0'
)sh";

// Some machines have thousands of devices of zram: no pattern over them all, no question that their kind answers, and
// of those that were never set up only the first is asked for more than its size.
constexpr const char* k_blocks = R"sh(
[ ! -d /dev/disk ] || out by ls -l /dev/disk/by-id /dev/disk/by-uuid /dev/disk/by-label
s=
printf 'blocks\0'
if cd /sys/block 2>/dev/null; then
  a= n=0 z=
  for b in *; do case $b in zram*) z=1 ;; esac; done
  y=; [ -z "$z" ] || { y=$(grep -sH '' zram*/size); printf '%s\n' "$y"; }
  z=
  for b in * $y; do
    case $b in
      zram*/size:*) case ${b##*:} in 0) [ -z "$z" ] || continue; z=1 ;; esac; b=${b%%/*} ;;
      zram*) continue ;;
    esac
    a="$a $b/removable $b/size $b/queue/discard_granularity $b/queue/rotational $b/queue/scheduler $b/queue/logical_block_size"
    [ ! -e "$b/device" ] || a="$a $b/device/vendor $b/device/model $b/device/sas_address $b/device/sas_device_handle $b/device/serial"
    case $b in
      zram*|loop*|ram*|nbd*|sd*|sr*|fd*|vd*|xvd*|nvme*|mmcblk*) ;;
      *) a="$a $b/dm/name"; for l in "$b"/slaves/*; do [ ! -e "$l" ] || s="$s$b ${l##*/}
"; done ;;
    esac
    n=$((n + 1)); [ $((n % 200)) != 0 ] || { grep -s '' $a; a=; }
  done
  [ -z "$a" ] || grep -s '' $a
  printf '\0parts\0'
  a=
  while read -r b l n p; do
    case $p in ''|name) continue ;; */*) p=${p%%/*}!${p#*/} ;; esac
    [ ! -e "$p" ] || continue
    b=$p; while :; do case $b in *[0-9]) b=${b%?} ;; *) break ;; esac; done
    [ -f "$b/$p/partition" ] || b=${b%p}
    [ ! -f "$b/$p/partition" ] || a="$a $b/$p/start $b/$p/size $b/$p/queue/logical_block_size"
  done </proc/partitions
  [ -z "$a" ] || grep -s '' $a
  cd /
fi
printf '\0slaves\0%s\0' "$s"
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
[ ! -r /proc/1/environ ] || { printf 'environ1\0'; tr '\0' '\n' </proc/1/environ; printf '\0'; } 2>/dev/null
for f in /proc/vz /proc/lve /proc/bc /.dockerenv /.dockerinit /proc/xen /dev/kvm; do [ ! -e $f ] || have "has $f"; done
)sh";

std::string local_script(const std::string& fact_path) {
  return "printf 'local\\0'\nfor f in " + path_word(fact_path) +
         "/*.fact; do\n  [ -f \"$f\" ] || continue\n  n=${f##*/}; printf '%s\\1' \"${n%.fact}\"\n"
         "  if [ -x \"$f\" ]; then o=$(timeout 30 \"$f\" 2>/dev/null </dev/null); printf '%s\\1%s\\1' $? \"$o\"\n"
         "  else printf 'file\\1%s\\1' \"$(cat \"$f\")\"; fi\ndone\nprintf '\\0'\n";
}

std::string files_script(const FactGroups& groups) {
  std::string script = "printf 'files\\0'; tail -n +1";
  for (const FactFile& file : fact_files()) {
    const bool wanted = (file.group == 'm' && groups.minimum) || (file.group == 'h' && groups.hardware) ||
                        (file.group == 'v' && groups.virtualization) ||
                        (file.group == 'b' && (groups.hardware || groups.virtualization)) || file.group == 'a';
    script += wanted ? std::string(" ") + file.path : "";
  }
  return script + " 2>/dev/null; printf '\\0'\n";
}

}  // namespace

const std::vector<FactFile>& fact_files() {
  static const std::vector<FactFile> files = [] {
    std::vector<FactFile> list = {
        {"status", "/proc/self/status", 'a'},
        {"os-release", "/etc/os-release", 'm'},
        {"debian_version", "/etc/debian_version", 'm'},
        {"lsb-release", "/etc/lsb-release", 'm'},
        {"alpine-release", "/etc/alpine-release", 'm'},
        {"ostype", "/proc/sys/kernel/ostype", 'm'},
        {"osrelease", "/proc/sys/kernel/osrelease", 'm'},
        {"version", "/proc/sys/kernel/version", 'm'},
        {"nodename", "/proc/sys/kernel/hostname", 'm'},
        {"machine-id-dbus", "/var/lib/dbus/machine-id", 'm'},
        {"machine-id", "/etc/machine-id", 'm'},
        {"cmdline", "/proc/cmdline", 'm'},
        {"resolv.conf", "/etc/resolv.conf", 'm'},
        {"comm1", "/proc/1/comm", 'm'},
        {"fips", "/proc/sys/crypto/fips_enabled", 'm'},
        {"selinux-enforce", "/sys/fs/selinux/enforce", 'm'},
        {"selinux-config", "/etc/selinux/config", 'm'},
        {"ssh-dsa", "/etc/ssh/ssh_host_dsa_key.pub", 'm'},
        {"ssh-ecdsa", "/etc/ssh/ssh_host_ecdsa_key.pub", 'm'},
        {"ssh-ed25519", "/etc/ssh/ssh_host_ed25519_key.pub", 'm'},
        {"ssh-rsa", "/etc/ssh/ssh_host_rsa_key.pub", 'm'},
        {"loadavg", "/proc/loadavg", 'm'},
        {"cpuinfo", "/proc/cpuinfo", 'b'},
        {"meminfo", "/proc/meminfo", 'h'},
        {"uptime", "/proc/uptime", 'h'},
        {"mounts", "/proc/mounts", 'h'},
        {"mountinfo", "/proc/self/mountinfo", 'h'},
        {"cgroup1", "/proc/1/cgroup", 'v'},
        {"container", "/run/systemd/container", 'v'},
        {"xen-capabilities", "/proc/xen/capabilities", 'v'},
        {"modules", "/proc/modules", 'v'},
    };
    for (const char* path :
         {"bios_date", "bios_vendor", "bios_version", "board_asset_tag", "board_name", "board_serial", "board_vendor",
          "board_version", "chassis_asset_tag", "chassis_serial", "chassis_vendor", "chassis_version", "chassis_type",
          "product_name", "product_serial", "product_uuid", "product_version", "sys_vendor"}) {
      list.push_back({std::string("dmi/") + path, std::string("/sys/devices/virtual/dmi/id/") + path, 'b'});
    }
    return list;
  }();
  return files;
}

std::string facts_script(const FactGroups& groups, const std::string& fact_path) {
  const std::string here = std::string(groups.minimum ? k_minimum + local_script(fact_path) : "") +
                           (groups.virtualization ? k_virtual : "") + files_script(groups);
  const std::string beside =
      std::string(groups.hardware ? std::string(k_blocks) + k_mounts : "") + (groups.network ? k_network : "");
  return k_functions + (beside.empty() ? here : "{\n" + here + "} | {\n" + beside + "cat\n}\n");
}

}  // namespace cef::modules
