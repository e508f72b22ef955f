# limits.sh: what a node of the overlay kind may use: a control group for each node, of version 2 or, where the machine has
# the controllers there, of version 1. Sourced by fleet.

controller_root() { # NAME: where version 1 has this controller
  awk -v name="$1" '$3 == "cgroup" && $4 ~ "(^|,)" name "(,|$)" { print $2; exit }' /proc/mounts
}

prepare_limits() { # before there are namespaces. $STATE/limits has a line for each hierarchy: cpu=DIR, memory=DIR or v2=DIR
  local name root dir
  dir=cef-fleet-$(echo "$STATE" | sha256sum | cut -c1-12)
  : >"$STATE/limits"
  for name in cpu memory; do
    root=$(controller_root $name)
    if [ -n "$root" ] && mkdir -p "$root/$dir" 2>/dev/null; then echo "$name=$root/$dir" >>"$STATE/limits"; fi
  done
  [ ! -s "$STATE/limits" ] || return 0
  root=$(cgroup_root)
  if [ -n "$root" ] && mkdir -p "$root/$dir" 2>/dev/null; then
    echo '+cpu +memory' >"$root/cgroup.subtree_control" 2>/dev/null || true
    if echo '+cpu +memory' >"$root/$dir/cgroup.subtree_control" 2>/dev/null; then
      echo "v2=$root/$dir" >>"$STATE/limits"
    else
      rmdir "$root/$dir"
    fi
  fi
}

enter_limits() { # NAME: this process and all that it starts
  local line
  for line in $(cat "$STATE/limits"); do
    mkdir -p "${line#*=}/$1"
    echo $BASHPID >"${line#*=}/$1/cgroup.procs"
  done
}

_within() { # NAME CMD...
  enter_limits "$1"
  shift
  exec "$@"
}

limits_of() { # NAME cpu|memory: its folder
  local line
  for line in $(cat "$STATE/limits"); do
    case $line in
    "$2"=* | v2=*) echo "${line#*=}/$1"; return ;;
    esac
  done
  die "'$1' cannot be limited: this machine lets no control group with the controller '$2' be made"
}

_quota() { # NAME SHARE: of one processor, 0 for no limit; 0.5 is 50 ms in each 100 ms
  local dir period=100000 micros
  dir=$(limits_of "$1" cpu)
  micros=$(awk -v share="$2" -v period=$period 'BEGIN {
    if (share !~ /^[0-9]*\.?[0-9]+$/ || share > 1000) exit 1
    print int(share * period) }') || die "a share is a number such as 0.5, not '$2'"
  [ "$micros" = 0 ] || [ "$micros" -ge 1000 ] || die "the smallest share is 0.01"
  if [ -e "$dir/cpu.max" ]; then
    echo "$([ "$micros" = 0 ] && echo max || echo "$micros") $period" >"$dir/cpu.max"
  else
    echo $period >"$dir/cpu.cfs_period_us"
    echo "$([ "$micros" = 0 ] && echo -1 || echo "$micros")" >"$dir/cpu.cfs_quota_us"
  fi
}

_memory() { # NAME SIZE: K, M or G, 0 for no limit; what it uses more than that is refused, or its largest program ends
  local dir bytes
  dir=$(limits_of "$1" memory)
  bytes=$(numfmt --from=iec "$2") || die "a size is a number such as 512M, not '$2'"
  if [ -e "$dir/memory.max" ]; then
    echo "$([ "$bytes" = 0 ] && echo max || echo "$bytes")" >"$dir/memory.max"
  else
    echo "$([ "$bytes" = 0 ] && echo -1 || echo "$bytes")" >"$dir/memory.limit_in_bytes"
  fi
}

_load() { # NAME PERCENT [PROGRAMS]: as many programs as it has processors, each that busy
  command -v stress-ng >/dev/null || die "'load' needs stress-ng on this machine (Debian's package stress-ng)"
  ("$HERE/fleet" _node "$1" pkill -KILL -x 'stress-ng.*') || true
  [ "$2" != 0 ] || return 0
  # In a session of its own it outlives this command; it ends with the node.
  setsid "$HERE/fleet" _node "$1" stress-ng --quiet --temp-path /tmp --cpu "${3:-$(count_of "$1")}" --cpu-load "$2" \
    </dev/null >>"$STATE/nodes/$1/load.log" 2>&1 &
}

delaylink() { # built the first time
  local program=$STATE/delaylink
  if [ ! -x "$program" ]; then
    c++ -std=c++20 -O2 -o "$program.$$" "$HERE/debian/delaylink.cpp" || die "'delay' needs a C++ compiler on this machine"
    mv "$program.$$" "$program" # another 'delay' may be doing the same
  fi
  echo "$program"
}
