# cgroup.sh: a cgroup for the nodes of a debian fleet, and whether this machine can have one at all. Sourced by fleet.

cgroup_root() { # where cgroup v2 is mounted: /sys/fs/cgroup, or a folder below it where v1 is there too
  awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts
}

remove_cgroup() { # DIR: also what systemd made below it
  local try
  for try in $(seq 100); do
    [ -d "$1" ] || return 0
    if [ -w "$1/cgroup.kill" ]; then echo 1 >"$1/cgroup.kill" 2>/dev/null || true; fi
    find "$1" -depth -type d -exec rmdir {} \; 2>/dev/null || true
    sleep 0.02
  done
  echo "fleet: $1 is left behind" >&2
}

can_debian() {
  [ "$(id -u)" = 0 ] || unavailable "it needs root"
  unshare -U -m -n -p -u -i -C -T -f true 2>/dev/null || unavailable "the kernel gives no namespaces"
  local root
  root=$(cgroup_root)
  [ -n "$root" ] || unavailable "cgroup v2 is not mounted"
  mkdir "$root/cef-fleet-try-$$" 2>/dev/null || unavailable "no cgroup can be made in $root"
  rmdir "$root/cef-fleet-try-$$"
}
