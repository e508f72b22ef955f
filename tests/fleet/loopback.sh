# loopback.sh: nodes where the kernel gives no namespaces: sshd processes on loopback addresses. Sourced by fleet.

up_loopback() {
  local i name node
  echo "fleet: no namespaces here: nodes are sshd processes on loopback addresses and share this machine's disk," >&2
  echo "fleet: accounts and processors; there is no sudo password, no power cut, no slow link and no sensor tree" >&2
  [ "$(id -u)" != 0 ] || mkdir -p /run/sshd
  for i in "${!NODES[@]}"; do
    name=${NODES[i]} node=$STATE/nodes/${NODES[i]}
    mkdir -p "$node"
    ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$node/host_key"
    printf '%s\n' "ListenAddress 127.0.0.$((11 + i)):2299" "HostKey $node/host_key" "PidFile $node/sshd.pid" 'UsePAM no' \
      "AuthorizedKeysFile $STATE/id_ed25519.pub" 'StrictModes no' 'PermitRootLogin yes' 'UseDNS no' >"$node/sshd_config"
    echo "127.0.0.$((11 + i))" >"$node/ip"
    /usr/sbin/sshd -f "$node/sshd_config" -E "$node/init.log" || die "sshd does not start: $(cat "$node/init.log")"
  done
  for i in "${!NODES[@]}"; do
    ready "127.0.0.$((11 + i))" 2299
  done
}
