# Users, groups and crontabs of a host that is always the same; run where /etc is a copy that may be changed.
grep -q " /home tmpfs " /proc/mounts && grep -q " /etc " /proc/mounts || { echo "refused: /etc and /home are the real ones" >&2; exit 1; }
rm -rf /home/* /var/spool/cron/crontabs /etc/cron.d /etc/skel /etc/modules-load.d /etc/modprobe.d /etc/sysctl.conf
mkdir -p /etc/cron.d /etc/skel /etc/modules-load.d /etc/modprobe.d /var/spool/cron/crontabs
rm -f /etc/rc?.d/???cef-* /etc/default/rcS /etc/adjtime /etc/.pwd.lock /etc/passwd.lock /etc/group.lock /etc/shadow.lock /etc/gshadow.lock /etc/init.d/cef-*
printf 'hello\n' >/etc/skel/.profile
printf 'UMASK 027\nUID_MIN 1000\nUID_MAX 60000\nGID_MIN 1000\nGID_MAX 60000\nSYS_UID_MIN 100\nSYS_UID_MAX 999\nSYS_GID_MIN 100\nSYS_GID_MAX 999\nUSERGROUPS_ENAB yes\nENCRYPT_METHOD SHA512\nHOME_MODE 0750\n' >/etc/login.defs
printf 'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nann:x:1000:1000:Ann,,,:/home/ann:/bin/sh\n' >/etc/passwd
printf 'root:x:0:\ndaemon:x:1:\ntty:x:5:\nvideo:x:44:ann\naudio:x:29:\ndocker:x:998:\nann:x:1000:\n' >/etc/group
printf 'root:*:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\nann:$6$salt$abc:19000:0:99999:7:::\n' >/etc/shadow
printf 'root:*::\ndaemon:*::\ntty:*::\nvideo:*::ann\naudio:*::\ndocker:!::\nann:!::\n' >/etc/gshadow
: >/etc/subuid; : >/etc/subgid
printf 'SHELL=/bin/sh\n' >/etc/default/useradd
mkdir -m 750 /home/ann; chown 1000:1000 /home/ann
printf 'old-name\n' >/etc/hostname; hostname old-name
ln -sf /usr/share/zoneinfo/Etc/UTC /etc/localtime; echo Etc/UTC >/etc/timezone
