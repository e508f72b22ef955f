# services.sh: what the fleet's network offers its nodes at 10.99.0.1: an apt mirror and a clock. Sourced by fleet.

serve_packages() { # NAME all|default: what the mirror holds for one node
  local base dir=$STATE/mirror/$1 deb name
  base=$(base)
  mkdir -p "$dir"
  for deb in "$base"/repo/*.deb; do ln -sfn "$deb" "$dir/"; done
  cp "$base/repo/index/$2"/* "$dir/"
  {
    printf '%s\n' 'Origin: fleet' 'Label: fleet' 'Suite: fleet' 'Codename: fleet' "Date: $(LC_ALL=C date -uR)" 'SHA256:'
    for name in Packages Packages.gz; do
      echo " $(sha256sum <"$dir/$name" | cut -d' ' -f1) $(stat -c %s "$dir/$name") $name"
    done
  } >"$dir/Release"
}

serve_all() {
  ln -sfn "$(base)/image.tar" "$STATE/mirror/image.tar"
  mkdir -p "$STATE/servers"
  _mirror on
  _ntp on
  _iperf on
}

stop_service() { # NAME
  [ ! -e "$STATE/$1.pid" ] || kill -9 "$(cat "$STATE/$1.pid")" 2>/dev/null || true
  rm -f "$STATE/$1.pid"
}

start_service() { # NAME CMD...
  local name=$1
  shift
  setsid "$@" 9<&- </dev/null >>"$STATE/$name.log" 2>&1 &
  echo $! >"$STATE/$name.pid"
}

in_base() { # NAME CMD...: a program of the nodes' own base, so that this machine needs none of these packages
  local name=$1
  shift
  start_service "$name" unshare -m sh -c 'mount -t overlay servers -o "lowerdir=$0" "$1" &&
    mount -t tmpfs run "$1/run" && mount -t tmpfs tmp "$1/tmp" && mount --rbind /dev "$1/dev" &&
    root=$1 && shift && exec chroot "$root" "$@"' "$(layers gpu-1)" "$STATE/servers" "$@"
}

switch() { # NAME on|off: stops it; true when it is to be started
  [ "$2" = on ] || [ "$2" = off ] || die "$1 is on or off, not '$2'"
  stop_service "$1"
  [ "$2" = on ]
}

_mirror() { # on|off
  if switch mirror "${1:-}"; then
    start_service mirror "$(base)/busybox" httpd -f -p 10.99.0.1:8080 -h "$STATE/mirror"
  fi
}

_ntp() { # on|off
  if switch ntp "${1:-}"; then
    in_base ntp chronyd -x -d -u root 'local stratum 10' allow 'cmdport 0' 'bindaddress 10.99.0.1' 'bindcmdaddress /' \
      'pidfile /run/chronyd.pid'
  fi
}

_iperf() { # on|off
  if switch iperf "${1:-}"; then
    in_base iperf iperf3 -s -B 10.99.0.1
  fi
}
