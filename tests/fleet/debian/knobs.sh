# knobs.sh: what a test can turn on a node of a debian fleet. Sourced by fleet.

_disk() { # NAME FREE|all: how much its disk still takes (K, M, G); all is what it had at first
  local disk=$STATE/disks/$1 size=$DISK_SIZE try
  for try in $(seq 20); do # refused when the disk filled further in between
    if [ "$2" != all ]; then
      size=$(($(df -B1 --output=used "$disk" | tail -1) + $(numfmt --from=iec "$2")))
    fi
    ! mount -o "remount,size=$size" "$disk" 2>/dev/null || return 0
  done
  die "the disk of $1 cannot be made $size bytes"
}

_clock() { # NAME SECONDS: how far its clock is ahead of the machine's; negative: behind
  perl -e 'print pack("qq", $ARGV[0] * 1e9, time() * 1e9)' -- "$2" |
    dd of="$STATE/disks/$1/up/var/lib/fleet/clock" conv=notrunc status=none
}

_heat() { # NAME MILLIDEGREES: its processor's sensors read that, also after a reboot
  local zone=0 file
  [ "$(group "$1")" = rpi ] || zone=1
  for file in "thermal/thermal_zone$zone/temp" hwmon/hwmon0/temp1_input; do
    echo "$2" >"$STATE/nodes/$1/class/$file"
    node_do "$1" sh -c 'echo "$1" >"/sys/class/$2"' sh "$2" "$file"
  done
}
