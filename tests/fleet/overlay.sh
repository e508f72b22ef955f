# overlay.sh: nodes of the plain kind: an overlay over this machine's own root, with an sshd of its own. Sourced by fleet.

EDGE_ID=60123

account() { # DIR: this machine's accounts and the user edge, for one node
  mkdir -p "$1/etc/ssh" "$1/etc/sudoers.d" "$1/home/edge/.ssh"
  local file
  for file in passwd group shadow; do
    grep -v ^edge: "/etc/$file" >"$1/etc/$file"
  done
  echo "edge:x:$EDGE_ID:$EDGE_ID:edge:/home/edge:/bin/bash" >>"$1/etc/passwd"
  echo "edge:x:$EDGE_ID:" >>"$1/etc/group"
  echo "edge:$(password_hash):20000:0:99999:7:::" >>"$1/etc/shadow"
  chmod 640 "$1/etc/shadow"
  chgrp shadow "$1/etc/shadow"
  cp "$STATE/id_ed25519.pub" "$1/home/edge/.ssh/authorized_keys"
  chown -R $EDGE_ID:$EDGE_ID "$1/home/edge"
  chmod 700 "$1/home/edge" "$1/home/edge/.ssh"
}

seed() { # NAME: the node's own disk
  local node=$STATE/nodes/$1 disk=$STATE/disks/$1/up
  mkdir -p "$STATE/disks/$1/work" "$node/root" "$disk"
  account "$disk"
  ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$disk/etc/ssh/ssh_host_ed25519_key"
  printf '%s\n' 'HostKey /etc/ssh/ssh_host_ed25519_key' 'UsePAM yes' 'UseDNS no' 'PermitRootLogin no' 'PrintMotd no' \
    'PidFile /run/sshd.pid' 'Include /etc/ssh/fault.conf' >"$disk/etc/ssh/sshd_config"
  : >"$disk/etc/ssh/fault.conf"
  echo "$1" >"$disk/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$1" >"$disk/etc/hosts"
  if [ "$(group "$1")" = rpi ]; then
    echo 'edge ALL=(ALL) NOPASSWD: ALL' >"$disk/etc/sudoers.d/edge"
    mkdir -p "$node/firmware/devicetree/base"
    printf 'Raspberry Pi 4 Model B Rev 1.4\0' >"$node/firmware/devicetree/base/model"
    echo 1 >"$node/cpus"
  else
    echo 'edge ALL=(ALL:ALL) ALL' >"$disk/etc/sudoers.d/edge"
  fi
  chmod 440 "$disk/etc/sudoers.d/edge"
  if [ "$1" = gpu-1 ]; then
    mkdir -p "$disk/usr/local/bin"
    cp "$HERE/nvidia-smi" "$disk/usr/local/bin/nvidia-smi"
  fi
  "$HERE/sensors" "$node/class" "$(group "$1")"
}

boot() { # NAME
  ip link set "v-$1" up
  setsid "$HERE/fleet" _within "$1" taskset -c "$(cpus_of "$1")" nsenter --net="/run/netns/$1" \
    unshare -m -p -u -i -C -f --kill-child "$HERE/node-init" "$1" </dev/null >>"$STATE/nodes/$1/init.log" 2>&1 &
  echo $! >"$STATE/nodes/$1/parent"
}

pid1() {
  local parent
  parent=$(cat "$STATE/nodes/$1/parent")
  while [ "$(cat "/proc/$parent/comm" 2>/dev/null)" != node-init ] && [ "$(cat "/proc/$parent/comm" 2>/dev/null)" != bash ]; do
    parent=$(tr -d ' ' <"/proc/$parent/task/$parent/children")
    [ -n "$parent" ] || die "node '$1' is off"
  done
  echo "$parent"
}

_node() { # NAME CMD...
  local pid cpus
  pid=$(pid1 "$1")
  cpus=$(cpus_of "$1")
  enter_limits "$1"
  shift
  exec taskset -c "$cpus" nsenter -t "$pid" -m -n -p -u -i -C -r -w \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"
}

_up() {
  local i
  for i in "${!NODES[@]}"; do
    seed "${NODES[i]}" &
  done
  wait
  for i in "${!NODES[@]}"; do
    net "${NODES[i]}" "10.99.0.$((11 + i))"
    boot "${NODES[i]}"
  done
  for i in "${!NODES[@]}"; do
    ready "10.99.0.$((11 + i))" 22
  done
}

_stop() {
  kill -9 "$(cat "$STATE/nodes/$1/parent")" 2>/dev/null || true
  ip link set "v-$1" down
}

_start() {
  boot "$1"
  ready "$(address "$1")" 22
}

_fault() { # NAME KIND
  local reload='kill -HUP $(cat /run/sshd.pid)'
  case $2 in
  off) _stop "$1" ;;
  refuse) ("$HERE/fleet" _node "$1" sh -c 'kill $(cat /run/sshd.pid)') ;;
  nobanner) ("$HERE/fleet" _node "$1" sh -c 'kill -STOP $(cat /run/sshd.pid)') ;;
  hostkey) ("$HERE/fleet" _node "$1" sh -c "rm /etc/ssh/ssh_host_ed25519_key*
    ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key && $reload") ;;
  locked) ("$HERE/fleet" _node "$1" chage -E 0 edge) ;;
  maxstartups)
    ("$HERE/fleet" _node "$1" sh -c "echo 'MaxStartups 2:100:2' >/etc/ssh/fault.conf && $reload")
    sleep 0.3
    local ip
    ip=$(address "$1")
    # Two connections that never log in take both places; they end with the lab, at the latest after two minutes.
    setsid timeout 120 bash -c 'exec 5<>"/dev/tcp/$0/22" 6<>"/dev/tcp/$0/22"; sleep 120' "$ip" </dev/null >/dev/null 2>&1 &
    sleep 0.3 ;;
  heal)
    if ("$HERE/fleet" _node "$1" true) 2>/dev/null; then
      ("$HERE/fleet" _node "$1" sh -c 'kill -CONT $(cat /run/sshd.pid) 2>/dev/null; kill $(cat /run/sshd.pid) 2>/dev/null
        chage -E -1 edge; : >/etc/ssh/fault.conf; sleep 0.2; exec /usr/sbin/sshd')
      ready "$(address "$1")" 22
    else
      _start "$1"
    fi ;;
  *) die "there is no fault '$2'" ;;
  esac
}
