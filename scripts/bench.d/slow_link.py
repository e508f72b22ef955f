"""slow_link.py DEVICE ROUND_TRIP_MS: a TUN device behind which every address is this machine, half a round trip away.

It sends each packet back with source and destination exchanged, which leaves all checksums right: who connects to any
address behind it reaches the server that listens on the device's own address. Kernels without netem can do this too.
"""
import collections
import fcntl
import os
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def device(name):
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return descriptor


def main():
    tun, delay = device(sys.argv[1]), float(sys.argv[2]) / 2000
    print("ready", flush=True)
    waiting = collections.deque()
    while True:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            os.write(tun, waiting.popleft()[1])
        select.select([tun], [], [], max(0, waiting[0][0] - now) if waiting else None)
        try:
            while True:
                packet = os.read(tun, 65536)
                if packet[0] >> 4 == 4:
                    swapped = packet[:12] + packet[16:20] + packet[12:16] + packet[20:]
                    waiting.append((time.monotonic() + delay, swapped))
        except BlockingIOError:
            pass


if __name__ == "__main__":
    main()
