#!/bin/sh
# A stand-in for get.docker.com: the same in small.
set -e
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq -y --no-install-recommends install docker.io iptables >/dev/null 2>&1
docker --version
