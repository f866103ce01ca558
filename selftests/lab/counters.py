# SPDX-License-Identifier: GPL-2.0
"""Counters of the guest, of the peer and of the master, before and after."""

from __future__ import annotations

from pathlib import Path

from guest import Guest, GuestError

# What a switch must not cause, summed over both ends of the bulk flows.
TCP = (
    "RetransSegs",
    "TCPLostRetransmit",
    "TCPSACKReorder",
    "TCPRenoReorder",
    "TCPTSReorder",
)
FILES = ("/proc/net/snmp", "/proc/net/netstat")

# How long the driver held packets and RTNL, as it says itself.
SWITCHES = (
    "switches_planned",
    "switches_unplanned",
    "held",
    "hold_overflow",
    "hold_us_last",
    "hold_us_max",
    "rtnl_us_max",
)


def pairs(text: str) -> dict[str, int]:
    """Lines come in twos: names, then values, both behind the protocol's name."""
    lines = text.splitlines()
    found: dict[str, int] = {}
    for names, values in zip(lines[::2], lines[1::2]):
        found.update(zip(names.split()[1:], map(int, values.split()[1:])))
    return {name: found.get(name, 0) for name in TCP}


def tcp(guest: Guest) -> dict[str, int]:
    here = pairs("".join(Path(name).read_text(encoding="ascii") for name in FILES))
    there = pairs(guest.run(f"cat {' '.join(FILES)}"))
    return {name: here[name] + there[name] for name in TCP}


def growth(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in after}


def switches(guest: Guest, master: str) -> dict[str, int]:
    """Nothing for a driver that does not count them."""
    try:
        text = guest.run(f"ethtool -S {master}")
    except GuestError:
        return {}
    found = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in SWITCHES:
            found[name.strip()] = int(value)
    return found
