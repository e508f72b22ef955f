# nodes.sh: nodes with a Debian of their own and systemd as process 1. Sourced by fleet.

DISK_SIZE=1g
MIRROR=http://10.99.0.1:8080

base() { cat "$STATE/base.path"; }
cgroup() { cat "$STATE/cgroup"; }
delaylink() { echo "$(base)/delaylink"; }

prepare_debian() { # before there are namespaces
  "$HERE/base" $([ ! -e "$STATE/python" ] || echo --python) >"$STATE/base.path" || exit
  # Held for as long as the fleet is up: a base in use is not pruned.
  exec 9>"$(base).lock"
  flock -s 9
  local root
  root=$(cgroup_root)/cef-fleet-$(echo "$STATE" | sha256sum | cut -c1-12)
  mkdir -p "$root"
  echo "$root" >"$STATE/cgroup"
}

layers() { # NAME: its root, lowest last
  [ ! -e "$STATE/nodes/$1/python" ] || printf '%s:' "$(base)/python"
  case $1 in
  pi-*) echo "$(base)/pi:$(base)/root" ;;
  gpu-1) echo "$(base)/chrony:$(base)/gpu:$(base)/root" ;;
  *) echo "$(base)/gpu:$(base)/root" ;;
  esac
}

below() { # NAME FILE: the file as the layers have it
  local layer
  for layer in $(layers "$1" | tr : ' '); do
    if [ -e "$layer$2" ]; then
      echo "$layer$2"
      return
    fi
  done
}

seed() { # NAME: the node's own disk
  local node=$STATE/nodes/$1 disk=$STATE/disks/$1/up
  mkdir -p "$node/root" "$STATE/disks/$1"
  mount -t tmpfs -o "size=$DISK_SIZE,mode=755" "disk-$1" "$STATE/disks/$1"
  mkdir -p "$STATE/disks/$1/work" "$disk"/etc/{apt/sources.list.d,ssh/sshd_config.d,sudoers.d} "$disk/home/edge/.ssh" \
    "$disk/usr/local/"{bin,lib} "$disk/var/lib/fleet"
  sed "s|^edge:[^:]*:|edge:$(password_hash):|" "$(below "$1" /etc/shadow)" >"$disk/etc/shadow"
  chmod 640 "$disk/etc/shadow"
  chgrp 42 "$disk/etc/shadow"
  cp "$STATE/id_ed25519.pub" "$disk/home/edge/.ssh/authorized_keys"
  chown -R 1000:1000 "$disk/home/edge"
  chmod 700 "$disk/home/edge" "$disk/home/edge/.ssh"
  [ -e "$node/host_key" ] || ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$node/host_key"
  cp "$node/host_key" "$disk/etc/ssh/ssh_host_ed25519_key"
  cp "$node/host_key.pub" "$disk/etc/ssh/ssh_host_ed25519_key.pub"
  printf '%s\n' 'HostKey /etc/ssh/ssh_host_ed25519_key' 'UseDNS no' 'PermitRootLogin no' 'PrintMotd no' \
    >"$disk/etc/ssh/sshd_config.d/fleet.conf"
  echo "$1" >"$disk/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$1" >"$disk/etc/hosts"
  tr -d - </proc/sys/kernel/random/uuid >"$disk/etc/machine-id"
  echo "deb [trusted=yes] $MIRROR/$1/ ./" >"$disk/etc/apt/sources.list.d/fleet.list"
  cp "$(base)/fakeclock.so" "$disk/usr/local/lib/"
  echo /usr/local/lib/fakeclock.so >"$disk/etc/ld.so.preload"
  head -c 4096 /dev/zero >"$disk/var/lib/fleet/clock"
  chmod 666 "$disk/var/lib/fleet/clock"
  hardware "$1" "$disk"
  chmod 440 "$disk/etc/sudoers.d/edge"
  serve_packages "$1" default
}

hardware() { # NAME DISK: what the machine lacks
  local node=$STATE/nodes/$1
  rm -rf "$node/class"
  "$HERE/sensors" "$node/class" "$(group "$1")"
  case $1 in
  pi-*)
    echo 'edge ALL=(ALL) NOPASSWD: ALL' >"$2/etc/sudoers.d/edge"
    mkdir -p "$node/firmware/devicetree/base"
    printf 'Raspberry Pi 4 Model B Rev 1.4\0' >"$node/firmware/devicetree/base/model"
    echo 1 >"$node/cpus"
    cp "$HERE/debian/vcgencmd" "$2/usr/local/bin/" ;;
  *)
    echo 'edge ALL=(ALL:ALL) ALL' >"$2/etc/sudoers.d/edge"
    if [ "$1" = gpu-1 ]; then cp "$HERE/nvidia-smi" "$2/usr/local/bin/nvidia-smi"; fi
    if [ "$1" = gpu-2 ]; then cp "$HERE/debian/nvidia-smi-broken" "$2/usr/local/bin/nvidia-smi"; fi ;;
  esac
  mkdir -p "$node/docker"
}

boot() { # NAME
  ip link set "v-$1" up
  setsid "$HERE/fleet" _loop "$1" 9<&- </dev/null >>"$STATE/nodes/$1/init.log" 2>&1 &
  echo $! >"$STATE/nodes/$1/parent"
}

_loop() { # NAME: boots it, and again when it ended by reboot(2), which the kernel shows as SIGHUP
  local up code LOWER
  LOWER=$(layers "$1")
  export LOWER
  mkdir -p "$(cgroup)/$1"
  while :; do
    up=$(cut -d. -f1 /proc/uptime)
    code=0
    sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$(cgroup)/$1" \
      setpriv --pdeathsig KILL taskset -c "$(cpus_of "$1")" nsenter --net="/run/netns/$1" \
      unshare -m -p -u -i -C -T --boottime "-$up" --monotonic "-$up" -f --kill-child "$HERE/node-init" "$1" || code=$?
    echo "node $1 ended: $code"
    [ $code = 129 ] || break
    ip link set "v-$1" down
    sleep 0.3
    ip link set "v-$1" up
  done
}

child() { tr -d ' ' <"/proc/$1/task/$1/children" 2>/dev/null; }

pid1() { # NAME
  local pid
  pid=$(child "$(cat "$STATE/nodes/$1/parent")") && pid=$(child "$pid") &&
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = systemd ] || die "node '$1' is off"
  echo "$pid"
}

_node() { # NAME CMD...
  local pid cpus
  pid=$(pid1 "$1")
  cpus=$(cpus_of "$1")
  shift
  exec taskset -c "$cpus" nsenter -t "$pid" -m -n -p -u -i -C -T -r -w \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"
}

node_do() { ("$HERE/fleet" _node "$@"); }

booted() { # NAME: until it takes logins
  local try
  for try in $(seq 300); do
    if node_do "$1" sh -c '[ ! -e /run/nologin ] && systemctl is-system-running | grep -Eq "^(running|degraded)" &&
      systemctl -q is-active ssh' 2>/dev/null; then
      ready "$(address "$1")" 22
      return
    fi
    sleep 0.1
  done
  die "node '$1' has not booted; see $STATE/nodes/$1/init.log. A node needs about ten inotify instances, and all fleets" \
    "of this machine share fs.inotify.max_user_instances, here $(cat /proc/sys/fs/inotify/max_user_instances)"
}

_up() {
  local i
  for i in "${!NODES[@]}"; do
    [ ! -e "$STATE/python" ] || { mkdir -p "$STATE/nodes/${NODES[i]}" && : >"$STATE/nodes/${NODES[i]}/python"; }
    seed "${NODES[i]}" &
  done
  wait
  serve_all
  for i in "${!NODES[@]}"; do
    net "${NODES[i]}" "10.99.0.$((11 + i))"
    boot "${NODES[i]}"
  done
  for i in "${!NODES[@]}"; do
    booted "${NODES[i]}"
  done
}

_stop() { # NAME
  local pid try
  pid=$(cat "$STATE/nodes/$1/parent")
  kill -9 "$pid" 2>/dev/null || true
  ip link set "v-$1" down
  for try in $(seq 500); do # its disk is free when the last process has gone
    [ -s "$(cgroup)/$1/cgroup.procs" ] || grep -qs 'populated 1' "$(cgroup)/$1/cgroup.events" || return 0
    sleep 0.02
  done
}

_start() { # NAME
  ! (pid1 "$1") >/dev/null 2>&1 || die "node '$1' is on"
  boot "$1"
  booted "$1"
}

_fresh() { # NAME [python|bare]: off, a new disk with the same host key, on; with or without Python from now on
  case ${2:-} in
  python)
    [ -d "$(base)/python" ] || die "this fleet came up without --python: nodes can have none"
    : >"$STATE/nodes/$1/python" ;;
  bare) rm -f "$STATE/nodes/$1/python" ;;
  '') ;;
  *) die "a fresh node is python or bare, not '$2'" ;;
  esac
  _stop "$1"
  umount -l "$STATE/disks/$1"
  find "$STATE/nodes/$1/docker" -mindepth 1 -delete 2>/dev/null || true
  seed "$1"
  _start "$1"
}

_layers() { layers "$1"; }
