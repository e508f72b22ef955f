#include "cef/probe/clock.hpp"

namespace cef::probe {

namespace {

/// Reading the clock without a new process is what makes a reading as exact as the round trip.
constexpr const char* k_readings =
    R"sh(LC_ALL=C; export LC_ALL; PATH=$PATH:/usr/sbin:/sbin:/usr/lib/systemd:/lib/systemd
has() { command -v "$1" >/dev/null 2>&1; }
echo @cef:clock
if perl -MTime::HiRes -e 1 2>/dev/null; then
  perl -MTime::HiRes=gettimeofday -e 'while (1) { my $l = ""; while (sysread(STDIN, my $c, 1)) { last if $c eq "\n"; $l .= $c }
    last if $l ne "t"; my ($s, $u) = gettimeofday(); syswrite(STDOUT, sprintf("%d%06d\n", $s, $u)) }'
else while IFS= read -r l && [ "$l" = t ]; do date +%s%N; done; fi
)sh";

constexpr const char* k_facts = R"sh(settings() { for f in "$@"; do [ -f "$f" ] && cat "$f" && echo; done 2>/dev/null; }
echo @cef:programs
for p in chronyd chronyc systemd-timesyncd timedatectl ntpd ntpq ntpdig ntpdate sntp openntpd ntpctl perl apt-get; do has $p && echo $p; done
echo @cef:running
running=$(cat /proc/[0-9]*/comm 2>/dev/null | grep -xE 'chronyd|systemd-timesyn|ntpd|openntpd' | sort -u)
echo "$running"
runs() { case " $(echo $running) " in *" $1 "*) return 0 ;; esac; return 1; }
echo @cef:timedatectl; timeout 5 timedatectl show 2>/dev/null
echo @cef:zone
z=$(cat /etc/timezone 2>/dev/null) || z=$(readlink /etc/localtime | sed 's#.*/zoneinfo/##'); echo "$z"; date +%Z
echo @cef:timesync; runs systemd-timesyn && timeout 5 timedatectl show-timesync 2>/dev/null
echo @cef:tracking; runs chronyd && timeout 5 chronyc -n -c tracking 2>/dev/null
echo @cef:sources; runs chronyd && timeout 5 chronyc -n -c sources 2>/dev/null
echo @cef:ntpq; runs ntpd && timeout 5 ntpq -pn 2>/dev/null
echo @cef:conf.chrony
settings /etc/chrony/sources.d/*.sources /etc/chrony/conf.d/*.conf /etc/chrony/chrony.conf /etc/chrony.conf | grep -E '^[[:space:]]*(server|pool|peer)[[:space:]]'
echo @cef:conf.timesyncd
settings /usr/lib/systemd/timesyncd.conf.d/*.conf /etc/systemd/timesyncd.conf /run/systemd/timesyncd.conf.d/*.conf /etc/systemd/timesyncd.conf.d/*.conf | grep -E '^[[:space:]]*(Fallback)?NTP[[:space:]]*='
echo @cef:conf.ntp
settings /etc/ntpsec/ntp.conf /etc/ntpsec/ntp.d/*.conf /etc/ntp.conf | grep -E '^[[:space:]]*(server|pool|peer)[[:space:]]'
echo @cef:conf.openntpd
settings /etc/openntpd/ntpd.conf | grep -E '^[[:space:]]*servers?[[:space:]]'
echo @cef:end
)sh";

/// Where chronyd may not write its log (AppArmor) its answer has no bound, and the next program is asked too.
constexpr const char* k_queries = R"sh(ask_chronyd() {
  has chronyd && d=$(mktemp -d) || return 2
  [ "$(id -u)" != 0 ] || chown _chrony "$d" 2>/dev/null
  out=$(timeout 10 chronyd -Q -t 5 "server $1 iburst maxsamples 1" "logdir $d" 'log rawmeasurements' 2>&1)
  printf '%s\n' "$out"; log=$(grep '^[0-9]' "$d/measurements.log" 2>/dev/null); rm -rf "$d"
  [ -z "$log" ] || { printf '%s\n' "$log"; return 0; }
  case $out in *'Timeout reached'*) return 1 ;; esac; return 2
}
ask_with() {
  shown=$(timeout 10 "$@" 2>&1); printf '%s\n' "$shown"
  case $shown in *'no eligible servers'* | *'no server suitable'*) return 1 ;; *'"offset"'* | *' +/- '* | *' offset '*) return 0 ;; esac; return 2
}
ask_perl() {
  has perl || { echo 'the host has no program that can ask it (chronyd, ntpdig, ntpdate, sntp or perl)'; return 2; }
  timeout 10 perl -e 'use strict; use IO::Socket::IP; my $name = shift; my $fine = eval { require Time::HiRes; 1 };
  sub now { return sprintf("%d%06d", Time::HiRes::gettimeofday()) if $fine; my $t = `date +%s%N`; return substr($t, 0, 16) }
  sub unix { my ($s, $f) = unpack("NN", shift); $s += 4294967296 if $s < 2208988800; return sprintf("%d%06d", $s - 2208988800, int($f * 1000000 / 4294967296)) }
  my $socket = IO::Socket::IP->new(PeerHost => $name, PeerPort => 123, Proto => "udp");
  if (!$socket) { my $why = $@; $why =~ s/\n.*//s; print "no socket: $why\n"; exit 2 }
  my ($got, $lost) = (0, 0);
  while ($got < 3 && $lost < 2) {
    my $cookie = pack("NN", int(rand(4294967296)), int(rand(4294967296))); my $before = now();
    send($socket, pack("Cx39", 0x23) . $cookie, 0); my $end = time + 3; my $answer;
    while (time < $end) {
      my $bits = ""; vec($bits, fileno($socket), 1) = 1;
      last if select($bits, undef, undef, $got ? 0.5 : 2) < 1;
      my $data; my $after; if (!defined recv($socket, $data, 512, 0)) { print "refused: $!\n"; $lost = 2; last } $after = now();
      next if length($data) < 48 || substr($data, 24, 8) ne $cookie;
      my ($flags, $stratum, $poll, $precision, $delay, $dispersion) = unpack("CCCcNN", $data);
      $answer = join " ", "sample", $before, unix(substr($data, 32, 8)), unix(substr($data, 40, 8)), $after, $stratum, $flags >> 6,
        map({ int($_ * 1000000 / 65536) } $delay, $dispersion), $precision; last }
    if (defined $answer) { print "$answer\n"; $got++ } else { last if $got; $lost++ } }
  exit($got ? 0 : 1)' "$1" 2>&1
}
ask() {
  echo "@cef:$2.chronyd"; ask_chronyd "$1"; case $? in 0) return 0 ;; 1) return 1 ;; esac
  if has ntpdig; then echo "@cef:$2.ntpdig"; ask_with ntpdig -j -t 4 "$1"; case $? in 0) return 0 ;; 1) return 1 ;; esac; fi
  if has ntpdate; then echo "@cef:$2.ntpdate"; ask_with ntpdate -q "$1"; case $? in 0) return 0 ;; 1) return 1 ;; esac; fi
  if has sntp; then echo "@cef:$2.sntp"; ask_with sntp "$1"; case $? in 0) return 0 ;; 1) return 1 ;; esac; fi
  echo "@cef:$2.perl"; ask_perl "$1"
}
IFS= read -r servers || exit 0
n=0
for s in $servers; do ask "$s" $n && break; n=$((n + 1)); done
exit 0)sh";

}  // namespace

std::string clock_script() {
  return std::string(k_readings) + k_facts + k_queries;
}

}  // namespace cef::probe
