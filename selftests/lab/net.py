# SPDX-License-Identifier: GPL-2.0
"""The host's side of the wire, in a network namespace nobody else can see.

             bridge br0 (a learning switch)
      +--------+--------+--------+--------+
     vf0      sb0      vf1      sb1      peer1 === peer0 10.77.0.1
      |        |        |        |
      VF    virtio      VF    virtio
     +----------+      +----------+
     |  source  |      |  dest.   |         the guest is 10.77.0.2
     +----------+      +----------+

The lab moves itself into the namespace, its children inherit it, and it
vanishes with the last of them: nothing to clean up, whatever happens.
"""

from __future__ import annotations

import ctypes
import os

from process import LabError, run

PEER_ADDRESS = "10.77.0.1"
GUEST_ADDRESS = "10.77.0.2"
BROADCAST = "10.77.0.255"
GROUP = "239.77.0.1"
PEER_MAC = "52:54:00:77:00:01"
GUEST_MAC = "52:54:00:77:00:02"
SPARE_MAC = "52:54:00:77:00:03"
TAPS = ("vf0", "sb0", "vf1", "sb1")
CLONE_NEWNET = 0x40000000

_entered = False


def enter() -> None:
    """Leave the host's network for good; afterwards nothing can be downloaded."""
    global _entered  # pylint: disable=global-statement
    if _entered:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        error = ctypes.get_errno()
        raise LabError(f"no network namespace of its own ({os.strerror(error)}); the lab needs root")
    _entered = True
    sysctl("ipv6/conf/all/disable_ipv6", "1")
    sysctl("ipv6/conf/default/disable_ipv6", "1")
    ip("link set lo up")
    ip("link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0")
    ip(f"link add peer0 address {PEER_MAC} type veth peer name peer1")
    ip("link set peer1 master br0 up")
    ip("link set br0 up")
    ip(f"addr add {PEER_ADDRESS}/24 dev peer0")
    ip("link set peer0 up")
    for end in ("peer0", "peer1"):
        receive_on_one_cpu(end)
    for tap in TAPS:
        ip(f"tuntap add dev {tap} mode tap")
        ip(f"link set {tap} master br0 up")
    # The bridge is a host of its own here: it must not hear what is for the peer.
    sysctl("ipv4/conf/br0/rp_filter", "1")


def receive_on_one_cpu(veth: str) -> None:
    """A veth has a backlog on every CPU; a sender that moves to another would be reordered."""
    mask = f"/sys/class/net/{veth}/queues/rx-0/rps_cpus"
    # The sysfs that is mounted shows the host's devices.
    run("unshare", "-m", "sh", "-c", f"mount -t sysfs none /sys && echo 1 >{mask}")


def forget() -> None:
    """A new guest comes: the switch and the peer must not know the old one."""
    ip("neigh flush dev peer0")
    for port in (*TAPS, "peer1"):
        ip(f"link set {port} type bridge_slave fdb_flush")


def flood(tap: str, on: bool) -> None:
    """Does the switch give this tap what is for everybody?"""
    word = "on" if on else "off"
    ip(f"link set {tap} type bridge_slave bcast_flood {word} mcast_flood {word}")


def ip(words: str) -> str:
    return run("ip", *words.split())


def sysctl(name: str, value: str) -> None:
    with open(f"/proc/sys/net/{name}", "w", encoding="ascii") as file:
        file.write(value)
