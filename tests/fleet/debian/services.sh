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
  _mirror on
  _ntp on
}

stop_service() { # NAME
  [ ! -e "$STATE/$1.pid" ] || kill -9 "$(cat "$STATE/$1.pid")" 2>/dev/null || true
  rm -f "$STATE/$1.pid"
}

_mirror() { # on|off
  stop_service mirror
  [ "$1" = on ] || return 0
  setsid busybox httpd -f -p 10.99.0.1:8080 -h "$STATE/mirror" 9<&- </dev/null >>"$STATE/mirror.log" 2>&1 &
  echo $! >"$STATE/mirror.pid"
}

_ntp() { # on|off
  stop_service ntp
  [ "$1" = on ] || return 0
  local root=$STATE/ntp
  mkdir -p "$root"
  # chronyd of the nodes' own base: this machine needs none, and has no service of it.
  setsid unshare -m sh -c 'mount -t overlay ntp -o "lowerdir=$1" "$2" && mount -t tmpfs run "$2/run" && mkdir "$2/run/chrony" &&
    exec chroot "$2" chronyd -x -d -u root "local stratum 10" "allow" "cmdport 0" "bindaddress 10.99.0.1" "pidfile /run/chronyd.pid"' \
    sh "$(layers gpu-1)" "$root" 9<&- </dev/null >>"$STATE/ntp.log" 2>&1 &
  echo $! >"$STATE/ntp.pid"
}
