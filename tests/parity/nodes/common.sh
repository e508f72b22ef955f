# common.sh: what the parity of nodes is measured with. Sourced; the fleet of $CEF_FLEET_STATE is up, with --python for
# runs of Ansible.
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
fleet=$here/../../fleet/fleet
state=${CEF_FLEET_STATE:?}
first=$((2 * ${SLOT:-0} + 1)) # two cases at once have two nodes each
nodes=(pi-$first pi-$((first + 1)))

reset() { # python|bare
  local node
  for node in "${nodes[@]}"; do "$fleet" fresh "$node" "$1" & done
  wait
}

begin() { # TOOL CASE: fresh nodes, and a copy of the case in $work
  local node i
  scratch=$(mktemp -d /tmp/cef-parity-XXXXXX)
  work=$scratch/case
  mkdir -p "$scratch/home" "$state/mirror/parity"
  chmod 755 "$scratch"
  cp -rL "$2" "$work"
  rm -f "$work"/{ansible,cef}.txt
  [ ! -d "$work/served" ] || ln -sfn "$(realpath "$2/served")" "$state/mirror/parity/$(basename "$2")"
  {
    echo '[nodes]'
    for i in 0 1; do echo "node-$((i + 1)) ansible_host=$(cat "$state/nodes/${nodes[i]}/ip") node=${nodes[i]}"; done
    printf '%s\n' '[all:vars]' ansible_user=edge "ansible_ssh_private_key_file=$state/id_ed25519" \
      "ansible_ssh_common_args=-o UserKnownHostsFile=$state/known_hosts -o StrictHostKeyChecking=accept-new"
  } >"$scratch/hosts.ini"
  reset "$(if [ "$1" = ansible-playbook ]; then echo python; else echo bare; fi)"
  for node in "${nodes[@]}"; do
    {
      # The network of a node outlives its disk.
      "$fleet" node "$node" sh -c 'ip link del docker0 2>/dev/null
        echo 0 >/proc/sys/net/ipv4/ip_forward; echo 64 >/proc/sys/net/ipv4/ip_default_ttl'
      [ -n "${TIMES:-}" ] || "$fleet" cpus "$node" "$(nproc)"
      [ ! -e "$work/prepare" ] || "$fleet" node "$node" sh -e <"$work/prepare" >/dev/null
    } &
  done
  wait
}

end() {
  rm -rf "${scratch:-}"
}

play() { # TOOL ARGUMENT...: its JSON to $scratch/json, seconds to $scratch/seconds; its exit code
  local tool=$1 command
  shift
  command=("$tool" playbook run --json)
  [ "$tool" != ansible-playbook ] || command=(env ANSIBLE_STDOUT_CALLBACK="${CALLBACK:-json}" ANSIBLE_LOCAL_TEMP="$scratch/tmp"
    ANSIBLE_HOME="$scratch/home" ANSIBLE_SSH_CONTROL_PATH_DIR="$scratch/cp" ANSIBLE_DEPRECATION_WARNINGS=0 ANSIBLE_NOCOLOR=1
    ANSIBLE_RETRY_FILES_ENABLED=0 ansible-playbook)
  "$fleet" exec env HOME="$scratch/home" LANG=C.UTF-8 bash -c 'seconds=$1; cd "$2" || exit; shift 2; start=$EPOCHREALTIME
    "$@"; code=$?; awk "BEGIN { print $EPOCHREALTIME - $start }" >"$seconds"; exit $code' sh "$scratch/seconds" "$work" \
    timeout 300 "${command[@]}" -i "$scratch/hosts.ini" playbook.yaml "$@" >"$scratch/json" 2>"$scratch/errors" </dev/null
}
