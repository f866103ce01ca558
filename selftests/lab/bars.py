# SPDX-License-Identifier: GPL-2.0
"""What a scenario must show to pass: one small table, that of the promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scenario import SCENARIOS, Scenario
from traffic import UNICAST

# Only our own drivers are held to it; peers are there to compare with.
OURS = ("tandem", "dropin")

# A switch that was planned loses nothing, brings nothing twice, keeps the order.
SEAMLESS = {"lost": 0, "duplicated": 0, "reordered": 0}
# And so does one that ends on the VF.
ON_VF = {**SEAMLESS, "off the VF": 0}

# A path that breaks takes along what is on it, and nothing after the guest's
# first frame by the other one. A sender that the machine has kept from running
# makes up for it, so not the datagrams count but the milliseconds they were sent
# in: 15 were seen at most when a link went, 25 when a VF was torn out.
BROKEN = {"late": 0, "duplicated": 0, "reordered": 0}
LINK_LOST = 20
TORN_LOST = 30

# The default of stall_timeout, and 50 ms.
STALL_MS = 1000 + 50
# As soon as there is a path again, or the kernel knows that there is one no more.
SOON_MS = 10
# ... when the guest first has to be told, by an interrupt, a worker, an event.
TOLD_MS = 40
# The defaults of drain_timeout and linger: never is RTNL held for longer.
LINGER_MS = 100
RTNL_MS = 100 + LINGER_MS
# pciehp's sleep after it has switched a slot off, and half as long again.
POWER_OFF_MS = 1500
# A machine that pauses for longer than this by itself tells nothing of a
# driver that is held to milliseconds.
NOISE_MS = 30
# By this much such a machine delays the first frame of a guest whose only CPU has
# just moved; 37 ms were seen. To drain a VF that is gone takes 100.
LOADED_MS = 50
# And by this much a switch whose message is timed: 15 ms in all were seen once.
BUSY_MS = 10

# A path that breaks is left at once, says our driver's record, and for this cause.
CAUSES = {"carrier": "carrier", "stall": "stall", "surprise": "gone"}
# Of two hundred frames for everybody in a second in which both ports are given each.
COPIES = 30

BARS: dict[str, Mapping[str, float]] = {
    "idle": ON_VF,
    "unplug": SEAMLESS,
    "replug": ON_VF,
    "cycles": ON_VF,
    "prefer": {**ON_VF, "turns missing": 0},
    "unbind": ON_VF,
    "receive-only": ON_VF,
    # Two ways for each frame, and a port that comes up may overtake the other.
    "broadcast": {
        "lost": 0,
        "duplicated": 0,
        "echoes": 0,
        "unicast reordered": 0,
        "off the VF": 0,
        "copies missing": 0,
    },
    "bulk": {"retransmitted": 0, "reordered in TCP": 0, "off the VF": 0},
    "carrier": {
        **BROKEN,
        "ms of datagrams lost": LINK_LOST,
        "off the VF": 0,
        "ms until nothing from the guest is lost, VF noticed down": SOON_MS,
    },
    "stall": {
        "late": 0,
        "duplicated": 0,
        "off the VF": 0,
        "given to the stalled VF": 0,
        "ms until moved, VF stopped completing": STALL_MS,
    },
    "link-first": SEAMLESS,
    "link-last": {**BROKEN, "ms without a path": POWER_OFF_MS, "ms until moved, standby carrier on": TOLD_MS},
    "cancel": ON_VF,
    "migrate": ON_VF,
    "migrations": ON_VF,
    "surprise": {
        **BROKEN,
        "ms of datagrams lost": TORN_LOST,
        "ms until moved, VF noticed gone": SOON_MS + LOADED_MS,
        "ms until nothing is lost, VF noticed gone": SOON_MS,
    },
}
# What only our driver can tell.
RECORDED: dict[str, Mapping[str, float]] = {
    "surprise": {"ms until switched, VF noticed gone": SOON_MS + BUSY_MS},
}

# Of the counters of both ends.
RETRANSMITTED = ("RetransSegs", "TCPLostRetransmit")
REORDERED = ("TCPSACKReorder", "TCPRenoReorder", "TCPTSReorder")


def flows(result: dict) -> list[dict]:
    """The figures of every flow of numbered datagrams."""
    figures = result["figures"]
    return [figures[name] for name in SCENARIOS[result["scenario"]].load.rates if name in figures]


def added(result: dict, names: tuple[str, ...]) -> float:
    """By how much counters rose while the switches happened."""
    tcp = result["figures"].get("tcp")
    return sum(tcp["switch"][name] for name in names) if tcp else float("inf")


def moved(result: dict, moment: str) -> float:
    """The slower way; no datagram at all is as bad as can be."""
    found = result["figures"]["moved_ms"].get(moment, {})
    return max(found.get(way, float("inf")) for way in ("up", "down"))


def lossy(result: dict, moment: str) -> float:
    """Not when the guest sent again: pciehp's thread may keep its only CPU from the sender."""
    return max(result["figures"]["lost_until_ms"].get(moment, {}).values(), default=float("inf"))


def lossy_up(result: dict, moment: str) -> float:
    """Nothing for a VF whose driver does not tell the moment."""
    return result["figures"]["lost_until_ms"].get(moment, {}).get("up", 0.0)


def recorded(result: dict, moment: str) -> float:
    return result["figures"]["switched_ms"].get(moment, float("inf"))


def rtnl(result: dict) -> float:
    """Milliseconds a switch has held RTNL at most since the guest was booted."""
    after = result["figures"].get("switches", {}).get("after", {})
    return after.get("rtnl_us_max", float("inf")) / 1e3


METRICS: dict[str, Callable[[dict], float]] = {
    "lost": lambda result: max(flow["lost"]["outside"] for flow in flows(result)),
    "ms of datagrams lost": lambda result: max(flow["lost_ms"] for flow in flows(result)),
    "lost too soon": lambda result: sum(flow["quiet_lost"] for flow in flows(result)),
    "late": lambda result: max(flow["late"] for flow in flows(result)),
    "duplicated": lambda result: sum(flow["duplicated"] for flow in flows(result)),
    "reordered": lambda result: sum(flow["reordered"] for flow in flows(result)),
    "unicast reordered": lambda result: sum(result["figures"][way]["reordered"] for way in UNICAST),
    "copies missing": lambda result: COPIES - result["figures"]["by_both"],
    "echoes": lambda result: result["figures"]["echoes"],
    "off the VF": lambda result: result["figures"]["off_vf"],
    "ms without a path": lambda result: result["figures"]["no_path_ms"],
    "given to the stalled VF": lambda result: result["figures"]["by_stalled"],
    "ms that RTNL was held": rtnl,
    "turns missing": lambda result: result["rounds"] - result["figures"]["standby_turns"],
    "retransmitted": lambda result: added(result, RETRANSMITTED),
    "reordered in TCP": lambda result: added(result, REORDERED),
}

# ... and those that are told since a moment.
SINCE: dict[str, Callable[[dict, str], float]] = {
    "ms until moved": moved,
    "ms until nothing is lost": lossy,
    "ms until nothing from the guest is lost": lossy_up,
    "ms until switched": recorded,
}


def metric(name: str) -> Callable[[dict], float]:
    words, _, moment = name.partition(", ")
    return (lambda result: SINCE[words](result, moment)) if moment else METRICS[words]


def problems(result: dict) -> list[str]:
    """Everything that makes this result a failure, in words."""
    if "error" in result:
        return [result["error"]]
    figures = result["figures"]
    wrong = list(figures["problems"])
    wrong += [f"kernel log: {line}" for line in figures["kernel_log"]]
    wrong += dead(figures, SCENARIOS[result["scenario"]])
    limits = {**BARS[result["scenario"]], "lost too soon": 0}
    if result["driver"] in OURS:
        limits = {**limits, **RECORDED.get(result["scenario"], {}), "ms that RTNL was held": RTNL_MS}
        cause = CAUSES.get(result["scenario"])
        wrong += hesitant(figures, cause) if cause else hasty(figures)
    for name, limit in limits.items():
        value = metric(name)(result)
        if value > limit:
            wrong.append(f"{name}: {value:g}, at most {limit:g} allowed")
    return wrong


def hesitant(figures: dict, cause: str) -> list[str]:
    """What our driver's record has against having left a VF that broke at once."""
    left = [switch for switch in figures["history"] if switch["from"] == "primary"]
    if not left:
        return ["no switch from the VF is recorded"]
    wanted = {"cause": cause, "planned": False, "hold_us": 0}
    return [
        f"the switch from the VF has {name} {left[0].get(name)}, not {value}"
        for name, value in wanted.items()
        if left[0].get(name) != value
    ]


def hasty(figures: dict) -> list[str]:
    """Switches that our driver could have planned, by its own record, and has not."""
    unplanned = [switch for switch in figures["history"] if not switch["planned"]]
    return [f"unplanned: from {s['from']} to {s['to']}, {s['cause']}" for s in unplanned]


def dead(figures: dict, scenario: Scenario) -> list[str]:
    """Flows that did not live until the end."""
    wrong = [
        f"no traffic {name} at the end"
        for name in scenario.load.rates
        if not figures.get(name, {}).get("alive")
    ]
    for way in ("down", "up") if scenario.load.tcp else ():
        if not figures.get(way, {}).get("tcp_alive"):
            wrong.append(f"the TCP flow {way} is dead, or was never measured")
    return wrong


def worthless(result: dict) -> str:
    """Why a result says something about the machine and nothing about the driver."""
    if "aborted" in result:
        return result["error"]
    if "figures" not in result:
        return ""
    limits = BARS[result["scenario"]]
    timed = any(name == "late" or name.startswith("ms ") for name in limits)
    # Longer than linger: the old port's frames come after the new one's then.
    allowed = NOISE_MS if timed else LINGER_MS
    pause = max(flow["quiet_gap_ms"] for flow in flows(result))
    if pause > allowed and (timed or "retransmitted" in limits or METRICS["lost too soon"](result)):
        return f"a pause of {pause:.0f} ms though nothing happened"
    if "retransmitted" in limits and "tcp" in result["figures"] and sum(result["figures"]["tcp"]["idle"].values()):
        return "TCP retransmitted or reordered though nothing happened"
    return ""
