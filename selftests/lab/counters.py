# SPDX-License-Identifier: GPL-2.0
"""Counters of the guest, of the peer and of the master, before and after."""

from __future__ import annotations

import json
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
# ... and what tells how it came to that.
HOW = (
    "TCPLossProbes",
    "TCPOFOQueue",
    "TCPFastRetrans",
    "TCPSlowStartRetrans",
    "TCPTimeouts",
    "TCPSpuriousRTOs",
    "TCPDSACKRecv",
)
FILES = ("/proc/net/snmp", "/proc/net/netstat")

Ends = dict[str, dict[str, int]]

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
    return {name: found.get(name, 0) for name in (*TCP, *HOW)}


def tcp(guest: Guest) -> Ends:
    """Of the peer and of the guest."""
    here = pairs("".join(Path(name).read_text(encoding="ascii") for name in FILES))
    return {"peer": here, "guest": pairs(guest.run(f"cat {' '.join(FILES)}"))}


def growth(before: Ends, after: Ends) -> Ends:
    return {end: {name: after[end][name] - before[end][name] for name in after[end]} for end in after}


def both(ends: Ends) -> dict[str, int]:
    return {name: sum(end[name] for end in ends.values()) for name in TCP}


def history(guest: Guest, master: str, known: list[dict] | tuple = ()) -> list[dict]:
    """The last switches as the driver tells them, without those known; nothing for one that does not."""
    try:
        found = json.loads(guest.run(f"ip -j link xstats type tandem dev {master}"))
    except (GuestError, ValueError):
        return []
    return [switch for switch in found if not known or switch["number"] > known[-1]["number"]]


def moments(switches_: list[dict]) -> list[tuple[float, str]]:
    """For the story, on the guest's clock."""
    return [(switch["time"] / 1e3, f"switched to {switch['to']}, {switch['cause']}") for switch in switches_]


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
