# delay.sh: a round-trip time for the link of a node, of either kind. Sourced by fleet.

_delay() { # NAME ROUND_TRIP_MS [LOSS_PERCENT]: two taps and a bridge of its own between its cable and the fleet's bridge
  local pid=$STATE/nodes/$1/delay.pid try
  if [ -e "$pid" ]; then
    kill -9 "$(cat "$pid")" 2>/dev/null || true
    ip link set "v-$1" master fleet0
    ip link del "b-$1" 2>/dev/null || true
    rm -f "$pid" "$STATE/nodes/$1/delay.log"
    for try in $(seq 500); do
      [ -e "/sys/class/net/a-$1" ] || break
      sleep 0.02
    done
  fi
  [ "$2" != 0 ] || [ "${3:-0}" != 0 ] || return 0
  local program
  program=$(delaylink)
  setsid "$program" "a-$1" "z-$1" "$2" "${3:-0}" 9<&- </dev/null >"$STATE/nodes/$1/delay.log" 2>&1 &
  echo $! >"$pid"
  for try in $(seq 500); do
    if grep -qs ready "$STATE/nodes/$1/delay.log"; then break; fi
    kill -0 "$(cat "$pid")" 2>/dev/null || die "no delay: $(cat "$STATE/nodes/$1/delay.log")"
    sleep 0.02
  done
  ip link add "b-$1" type bridge
  ip link set "b-$1" up
  ip link set "z-$1" master "b-$1" up
  ip link set "v-$1" master "b-$1"
  ip link set "a-$1" master fleet0 up
}
