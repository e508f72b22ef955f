# faults.sh: what can go wrong with a node of a debian fleet, and how it is put right. Sourced by fleet.

sshd_option() { # NAME OPTION
  node_do "$1" sh -c 'echo "$1" >/etc/ssh/sshd_config.d/fault.conf && systemctl reload ssh' sh "$2"
  sleep 0.3
}

outside() { # NAME CMD...: a program of this side that plays a part of the fault, until it is healed
  local name=$1
  shift
  setsid "$@" 9<&- </dev/null >>"$STATE/nodes/$name/outside.log" 2>&1 &
  echo $! >>"$STATE/nodes/$name/outside.pids"
  sleep 0.3
}

instead_of_sshd() { # NAME silent|junk
  node_do "$1" systemctl stop ssh
  outside "$1" ip netns exec "$1" perl "$HERE/debian/tarpit" "$2"
}

account_fault() { # NAME KIND
  case $2 in
  expired) node_do "$1" chage -E 0 edge ;;
  mustchange) node_do "$1" chage -d 0 edge ;;
  locked) node_do "$1" usermod -L edge ;;
  nologin) node_do "$1" sh -c 'echo "This node is down for maintenance." >/etc/nologin' ;;
  esac
}

hold_lock() { # NAME SECONDS
  outside "$1" "$HERE/fleet" _node "$1" perl -e '
    use Fcntl;
    $0 = "unattended-upgr";
    my $whole = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0);
    for my $name ("lock-frontend", "lock") {
      open(my $file, ">>", "/var/lib/dpkg/$name") or die;
      fcntl($file, F_SETLK, $whole) or die "the lock is taken";
      push @held, $file;
    }
    open(my $pid, ">", "/run/fleet-lock.pid") or die;
    print $pid $$;
    close($pid);
    sleep $ARGV[0];
    unlink "/run/fleet-lock.pid"' "$2"
  node_do "$1" sh -c 'for i in $(seq 100); do [ ! -s /run/fleet-lock.pid ] || exit 0; sleep 0.05; done; exit 1' ||
    die "the lock of '$1' cannot be had: $(tail -1 "$STATE/nodes/$1/outside.log")"
}

read_only() { # NAME DIR
  node_do "$1" sh -c 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"' sh "$2"
  echo "$2" >>"$STATE/nodes/$1/readonly"
}

_fault() { # NAME KIND [ARGUMENT]
  local node=$STATE/nodes/$1
  case $2 in
  off) _stop "$1" ;;
  refuse) node_do "$1" systemctl stop ssh ;;
  nobanner) node_do "$1" systemctl kill -s STOP --kill-who=main ssh ;;
  blackhole)
    ip netns exec "$1" nft 'add table inet fault; add chain inet fault in { type filter hook input priority 0; policy drop; }' ;;
  tarpit) instead_of_sshd "$1" silent ;;
  junkbanner) instead_of_sshd "$1" junk ;;
  maxstartups)
    sshd_option "$1" 'MaxStartups 2:100:2'
    # Two connections that never log in take both places, for as long as sshd lets them.
    outside "$1" timeout 120 bash -c 'exec 5<>"/dev/tcp/$0/22" 6<>"/dev/tcp/$0/22"; sleep 120' "$(address "$1")" ;;
  maxsessions1) sshd_option "$1" 'MaxSessions 1' ;;
  hostkey) node_do "$1" sh -c "rm /etc/ssh/ssh_host_ed25519_key* &&
    ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key && systemctl reload ssh" ;;
  expired | mustchange | locked | nologin) account_fault "$1" "$2" ;;
  diskfull) _disk "$1" 0 ;;
  readonly) read_only "$1" "${3:-/home/edge}" ;;
  clockpast)
    node_do "$1" sh -c 'systemctl stop systemd-timesyncd chrony 2>/dev/null || true'
    _clock "$1" -315360000 ;;
  repo404) rm -f "$STATE/mirror/$1/edge-hello_1.1_all.deb" ;;
  brokenpostinst) serve_packages "$1" all ;;
  lock) hold_lock "$1" "${3:-30}" ;;
  dockerdown) node_do "$1" systemctl stop docker.socket docker ;;
  killsession) node_do "$1" pkill -KILL -f '^sshd: edge@' ;;
  heal) heal "$1" ;;
  *) die "there is no fault '$2'; there are off refuse nobanner blackhole tarpit junkbanner maxstartups maxsessions1" \
    "hostkey expired mustchange locked nologin diskfull readonly clockpast repo404 brokenpostinst lock dockerdown" \
    "killsession, and heal" ;;
  esac
}

heal_outside() { # NAME: what lies around the node
  local node=$STATE/nodes/$1 pid
  while read -r pid; do
    kill -9 -- "-$pid" 2>/dev/null || true
  done < <(cat "$node/outside.pids" 2>/dev/null)
  rm -f "$node/outside.pids"
  ip netns exec "$1" nft delete table inet fault 2>/dev/null || true
  _link "$1" 0 0
  _delay "$1" 0
  _disk "$1" all
  _clock "$1" 0
  serve_packages "$1" default
}

heal_inside() { # NAME
  local node=$STATE/nodes/$1 dir
  while read -r dir; do
    node_do "$1" umount -l "$dir" 2>/dev/null || true
  done < <(cat "$node/readonly" 2>/dev/null)
  rm -f "$node/readonly"
  node_do "$1" sh -c 'cat >/etc/ssh/ssh_host_ed25519_key' <"$node/host_key"
  node_do "$1" sh -c 'cat >/etc/ssh/ssh_host_ed25519_key.pub' <"$node/host_key.pub"
  node_do "$1" sh -c 'systemctl kill -s CONT --kill-who=main ssh 2>/dev/null
    [ ! -s /run/fleet-lock.pid ] || kill "$(cat /run/fleet-lock.pid)" 2>/dev/null
    rm -f /run/fleet-lock.pid /etc/nologin /etc/ssh/sshd_config.d/fault.conf
    chage -E -1 -d 20000 edge; usermod -U edge 2>/dev/null
    systemctl reset-failed ssh
    systemctl restart ssh
    for unit in systemd-timesyncd chrony docker; do
      if systemctl -q is-enabled "$unit" 2>/dev/null; then systemctl start "$unit"; fi
    done'
  if [ -n "$(node_do "$1" dpkg --audit)" ]; then
    node_do "$1" dpkg --configure -a >/dev/null 2>&1 || true # edge-broken fails again; the next step replaces it
  fi
  if [ "$(node_do "$1" dpkg-query -W -f '${Status} ${Version}' edge-broken 2>/dev/null)" != 'install ok installed 1.0' ] &&
    [ "$(group "$1")" = rpi ]; then
    node_do "$1" sh -c 'cat >/run/edge-broken.deb && dpkg -i --force-downgrade /run/edge-broken.deb && rm /run/edge-broken.deb' \
      <"$(base)/repo/edge-broken_1.0_all.deb" >/dev/null 2>&1
  fi
}

heal() { # NAME: all faults and all knobs but cpus; a node that is off is on again
  heal_outside "$1"
  if ! (pid1 "$1") >/dev/null 2>&1; then
    kill -9 "$(cat "$STATE/nodes/$1/parent")" 2>/dev/null || true
    _start "$1"
  fi
  heal_inside "$1"
  "$HERE/sensors" "$STATE/nodes/$1/class" "$(group "$1")"
  _heat "$1" "$(if [ "$(group "$1")" = rpi ]; then echo 47225; else echo 52000; fi)"
  booted "$1"
}
