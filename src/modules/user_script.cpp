// The shell side of the module user. Passwords come by stdin and go on by stdin: a command line can be seen by all.
#include "user_script.hpp"

namespace cef::modules {

const char* const k_user_look = R"sh(
password=; passphrase=
[ -z "$has_password" ] || IFS= read -r password
[ -z "$has_passphrase" ] || IFS= read -r passphrase
entries() { if [ "$local" = 1 ] || ! has getent; then cat "/etc/$1"; else getent "$1"; fi; }
entry() {  # DATABASE NAME: its line to $l
  l=; [ "$local" = 1 ] || ! has getent || l=$(getent "$1" "$2" 2>/dev/null)
  case $l in "$2":*) ;; *) l=$(awk -F: -v n="$2" '$1 == n { print; exit }' "/etc/$1" 2>/dev/null) ;; esac
}
load() {
  entry passwd "$name"; [ -n "$l" ] || { found=; return; }
  found=1
  IFS=: read -r u_name u_password u_uid u_gid u_comment u_home u_shell <<END
$l
END
}
shadow() { awk -F: -v n="$name" -v f="$1" '$1 == n { print $f; exit }' /etc/shadow 2>/dev/null; }
group_line() {
  l=
  case $1 in *[!0-9]*|'') ;; *) l=$(entries group | awk -F: -v g="$1" '$3 == g { print; exit }') ;; esac
  [ -n "$l" ] || entry group "$1"
  [ -n "$l" ]
}
group_id() { group_line "$1"; l=${l#*:*:}; gid=${l%%:*}; }
groups_are() {
  i=$IFS; IFS=,; set -f
  for g in $groups; do IFS=$i; group_line "$g" || give_up "Group $g does not exist"; done
  IFS=$i; set +f
}
report() {
  [ -z "$again" ] || load
  [ -n "$found" ] || return 0
  say uid "$u_uid"; say gid "$u_gid"; say comment "$u_comment"; say home "$u_home"; say shell "$u_shell"
}
set_password() {
  case $password_lock in 1) p=!$password ;; *) p=$password ;; esac
  need chpasswd
  make_w
  printf '%s:%s\n' "$name" "$p" | chpasswd -e >"$w/out" 2>"$w/err"
  rc=$?; err=$(cat "$w/err")
  [ $rc = 0 ] || failed_so
}
make_home() {
  [ ! -e "$1" ] || return 0
  k=${skeleton:-/etc/skel}
  if [ -e "$k" ]; then m=$(mkdir -p -- "$(dirname -- "$1")" 2>&1 && cp -RPp -- "$k" "$1" 2>&1) || give_up "$m"
  else m=$(mkdir -p -- "$1" 2>&1) || give_up "$m"; fi
  u=$(sed -n 's/^UMASK[[:blank:]]\{1,\}\([0-7]\{1,\}\)$/\1/p' /etc/login.defs 2>/dev/null | tail -n 1)
  [ -z "$u" ] || chmod "$(printf %o $((0777 & ~0$u)))" "$1"
}
own_home() { m=$(chown -hR "$u_uid:$u_gid" -- "$1" 2>&1) || give_up "$m"; }
again=
load
)sh";

const char* const k_user_create = R"sh(
create() {
  need useradd
  set -- useradd
  if [ -n "$uid" ]; then set -- "$@" -u "$uid"; [ "$non_unique" != 1 ] || set -- "$@" -o; fi
  [ -z "$seuser" ] || set -- "$@" -Z "$seuser"
  if [ -n "$group" ]; then
    group_line "$group" || give_up "Group $group does not exist"
    set -- "$@" -g "$group"
  elif group_line "$name"; then set -- "$@" -N; fi
  if [ -n "$groups" ]; then groups_are; set -- "$@" -G "$groups"; fi
  [ -z "$has_comment" ] || set -- "$@" -c "$comment"
  parents=
  if [ -n "$home" ]; then
    if [ "$create_home" = 1 ] && [ ! -d "$(dirname -- "$home")" ]; then make_home "$home"; parents=1; fi
    set -- "$@" -d "$home"
  fi
  [ -z "$shell" ] || set -- "$@" -s "$shell"
  [ -z "$has_expires" ] || set -- "$@" -e "$expires_date"
  if [ "$create_home" = 1 ]; then
    set -- "$@" -m
    [ -z "$skeleton" ] || set -- "$@" -k "$skeleton"
    [ -z "$umask" ] || set -- "$@" -K "UMASK=$umask"
  else
    set -- "$@" -M
  fi
  [ "$system" != 1 ] || set -- "$@" -r
  try_or_fail "$@" "$name"
  say changed 1; say made 1; say stdout "$out"; say stderr "$err"
  [ -z "$has_password" ] || set_password
  load
  [ -z "$parents" ] || [ -z "$found" ] || own_home "$home"
}
remove() {
  need userdel
  set -- userdel
  [ "$force" != 1 ] || set -- "$@" -f
  [ "$remove" != 1 ] || set -- "$@" -r
  try_or_fail "$@" "$name"
  say changed 1; say stdout "$out"; say stderr "$err"
}
)sh";

const char* const k_user_modify = R"sh(
unlocked() { p=$1; while case $p in !*) : ;; *) false ;; esac; do p=${p#?}; done; printf %s "$p"; }
members() { entries group | awk -F: -v n="$name" '{ k = split($4, m, ","); for (i = 1; i <= k; ++i) if (m[i] == n) printf "%s,", $1 }'; }
all_in() {  # LIST LIST, with commas: each of the first is one of the second
  i=$IFS; IFS=,; set -f; set -- "$2" $1; IFS=$i; set +f
  all=$1; shift
  for g; do case ,$all, in *,"$g",*) ;; *) [ -z "$g" ] || return 1 ;; esac; done
}
modify() {
  need usermod
  set -- usermod
  if [ -n "$uid" ] && [ "$uid" != "$u_uid" ]; then
    set -- "$@" -u "$uid"; [ "$non_unique" != 1 ] || set -- "$@" -o
  fi
  if [ -n "$group" ]; then
    group_line "$group" || give_up "Group $group does not exist"
    group_id "$group"
    [ "$gid" = "$u_gid" ] || set -- "$@" -g "$gid"
  fi
  if [ -n "$has_groups" ]; then
    groups_are
    now=$(members)
    if [ "$append" = 1 ]; then
      all_in "$groups" "$now" || set -- "$@" -a -G "$groups"
    elif ! all_in "$groups" "$now" || ! all_in "$now" "$groups"; then
      set -- "$@" -G "$groups"
    fi
  fi
  [ -z "$has_comment" ] || [ "$comment" = "$u_comment" ] || set -- "$@" -c "$comment"
  if [ -n "$home" ] && [ "$home" != "$u_home" ]; then
    set -- "$@" -d "$home"; [ "$move_home" != 1 ] || set -- "$@" -m
  fi
  [ -z "$shell" ] || [ "$shell" = "$u_shell" ] || set -- "$@" -s "$shell"
  if [ -n "$has_expires" ]; then
    days=$(shadow 8); days=${days:--1}
    if [ -z "$expires_date" ]; then [ "$days" -lt 0 ] || set -- "$@" -e ''
    else [ "$days" = "$expires_days" ] || set -- "$@" -e "$expires_date"; fi
  fi
  case $u_password in ??*) ;; *) u_password=$(shadow 2) ;; esac
  new=
  if [ "$update_password" = always ] && [ -n "$has_password" ] &&
    [ "$(unlocked "$u_password")" != "$(unlocked "$password")" ]; then new=1
  elif [ "$password_lock" = 1 ]; then case $u_password in !*) ;; *) set -- "$@" -L ;; esac
  elif [ "$password_lock" = 0 ]; then case $u_password in !*) set -- "$@" -U ;; esac; fi
  [ $# != 1 ] || [ -n "$new" ] || return 0
  say changed 1
  [ -z "$check" ] || return 0
  if [ $# != 1 ]; then again=1; try_or_fail "$@" "$name"; say stdout "$out"; say stderr "$err"; fi
  [ -z "$new" ] || set_password
}
)sh";

const char* const k_user_key = R"sh(
ask_pass() {  # a program that gives the passphrase; only this user can read it
  make_w
  ( umask 077; printf '%s\n' "$passphrase" >"$w/phrase"; printf '#!/bin/sh\nexec cat "%s"\n' "$w/phrase" >"$w/ask" )
  chmod 700 "$w/ask"
  SSH_ASKPASS=$w/ask SSH_ASKPASS_REQUIRE=force DISPLAY=none:0 "$@" >"$w/out" 2>"$w/err" </dev/null
  rc=$?; err=$(cat "$w/err")
  rm -f "$w/phrase" "$w/ask"
}
key() {
  case $ssh_key_file in
    /*) f=$ssh_key_file ;;
    *) [ -e "$u_home" ] || [ -n "$check" ] || { rc=1; err="User $name home directory does not exist"; failed_so; }
       f=$u_home/$ssh_key_file ;;
  esac
  d=$(dirname -- "$f")
  if [ ! -e "$d" ]; then
    if [ -n "$check" ]; then say changed 1; return; fi
    m=$(mkdir -m 0700 -- "$d" 2>&1 && chown "$u_uid:$u_gid" -- "$d" 2>&1) ||
      { rc=1; err="Failed to create $d: ${m##*: }"; failed_so; }
  fi
  for k in private:"$f" public:"$f.pub"; do
    [ -e "${k#*:}" ] || continue
    if [ "$force" != 1 ]; then
      say warn "Found existing ssh key ${k%%:*} file \"${k#*:}\", no force, so skipping ssh-keygen generation"
      return
    fi
    say warn "Overwriting existing ssh key ${k%%:*} file \"${k#*:}\""
  done
  say changed 1
  [ -z "$check" ] || return 0
  need ssh-keygen
  rm -f -- "$f" "$f.pub"
  set -- ssh-keygen -q -t "$ssh_key_type" -C "${ssh_key_comment:-ansible-generated on $(uname -n)}" -f "$f"
  [ "$ssh_key_bits" = 0 ] || set -- "$@" -b "$ssh_key_bits"
  if [ -n "$has_passphrase" ]; then ask_pass "$@"; else try "$@" -N ''; fi
  [ $rc = 0 ] || failed_so
  chown "$u_uid:$u_gid" -- "$f" "$f.pub"
}
show_key() {
  case $ssh_key_file in /*) f=$ssh_key_file ;; *) f=$u_home/$ssh_key_file ;; esac
  say key_file "$f"
  if [ -e "$f" ]; then
    try ssh-keygen -l -f "$f"
    if [ $rc = 0 ]; then say fingerprint "${out%?}"; else say fingerprint "${err%?}"; fi
  fi
  [ ! -r "$f.pub" ] || say public_key "$(cat "$f.pub")"
}
)sh";

const char* const k_user_main = R"sh(
if [ "$state" = absent ]; then
  [ -n "$found" ] || finish
  [ -z "$check" ] || { say changed 1; say only 1; finish; }
  remove; finish
fi
if [ -z "$found" ]; then
  [ -z "$check" ] || { say changed 1; say only 1; finish; }
  create
else
  say modified 1
  modify
fi
report
[ -n "$found" ] || finish
h=${home:-$u_home}
if [ "$create_home" = 1 ] && [ ! -e "$h" ]; then
  say changed 1
  if [ -z "$check" ]; then make_home "$h"; own_home "$h"; fi
fi
if [ "$generate_ssh_key" = 1 ]; then key; show_key; fi
set --
[ -z "$password_expire_min" ] || [ "$(shadow 4)" = "$password_expire_min" ] || set -- -m "$password_expire_min"
[ -z "$password_expire_max" ] || [ "$(shadow 5)" = "$password_expire_max" ] || set -- "$@" -M "$password_expire_max"
if [ $# != 0 ]; then
  say changed 1
  if [ -z "$check" ]; then need chage; try_or_fail chage "$@" "$name"; fi
fi
)sh";

}  // namespace cef::modules
