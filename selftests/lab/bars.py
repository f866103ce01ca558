# SPDX-License-Identifier: GPL-2.0
"""What a scenario must show to pass: one small table, that of the promise."""

from __future__ import annotations

from collections.abc import Callable

from scenario import SCENARIOS, Scenario
from traffic import UNICAST

# Only our own drivers are held to it; peers are there to compare with.
OURS = ("tandem", "dropin")

# A switch that was planned loses nothing, brings nothing twice, keeps the order.
SEAMLESS = {"lost": 0, "duplicated": 0, "reordered": 0}

# A path that breaks takes along what is on it, and nothing after the guest's
# first frame by the other one. At 1000 datagrams a second 40 are 40 ms each
# way, of which a guest under TCG may be kept from running for 30.
IN_FLIGHT = {"lost": 40, "late": 0}

# The default of stall_timeout, and 50 ms.
STALL_MS = 1000 + 50
# As soon as there is a path again, or the kernel knows that there is one no more.
SOON_MS = 10
# ... when the guest first has to be told, by an interrupt, a worker, an event.
TOLD_MS = 40

BARS: dict[str, dict[str, float]] = {
    "idle": SEAMLESS,
    "unplug": SEAMLESS,
    "replug": SEAMLESS,
    "cycles": SEAMLESS,
    "prefer": {**SEAMLESS, "turns missing": 0},
    "unbind": SEAMLESS,
    "receive-only": SEAMLESS,
    # Two ways for each frame, and a port that comes up may overtake the other.
    "broadcast": {"lost": 0, "duplicated": 0, "echoes": 0, "unicast reordered": 0},
    "bulk": {"retransmitted": 0, "reordered in TCP": 0},
    "carrier": IN_FLIGHT,
    "stall": {"late": 0, "ms until moved, VF stopped completing": STALL_MS},
    "link-first": SEAMLESS,
    "link-last": {"late": 0, "ms until moved, standby carrier on": TOLD_MS},
    "cancel": SEAMLESS,
    "migrate": SEAMLESS,
    "migrations": SEAMLESS,
    "surprise": {**IN_FLIGHT, "ms until nothing is lost, VF noticed gone": SOON_MS},
}

# Of the counters of both ends.
RETRANSMITTED = ("RetransSegs", "TCPLostRetransmit")
REORDERED = ("TCPSACKReorder", "TCPRenoReorder", "TCPTSReorder")


def flows(result: dict) -> list[dict]:
    """The figures of every flow of numbered datagrams."""
    figures = result["figures"]
    return [figures[name] for name in SCENARIOS[result["scenario"]].load.rates if name in figures]


def added(result: dict, names: tuple[str, ...]) -> int:
    """By how much the switches raised counters more than the idle phase did."""
    tcp = result["figures"].get("tcp")
    return sum(max(tcp["switch"][name] - tcp["idle"][name], 0) for name in names) if tcp else -1


def moved(result: dict, moment: str) -> float:
    """The slower way; no datagram at all is as bad as can be."""
    found = result["figures"]["moved_ms"].get(moment, {})
    return max(found.get(way, float("inf")) for way in ("up", "down"))


def lossy(result: dict, moment: str) -> float:
    """Not when the guest sent again: pciehp's thread may keep its only CPU from the sender."""
    return max(result["figures"]["lost_until_ms"].get(moment, {}).values(), default=float("inf"))


METRICS: dict[str, Callable[[dict], float]] = {
    "lost": lambda result: max(flow["lost"]["outside"] for flow in flows(result)),
    "late": lambda result: max(flow["late"] for flow in flows(result)),
    "duplicated": lambda result: sum(flow["duplicated"] for flow in flows(result)),
    "reordered": lambda result: sum(flow["reordered"] for flow in flows(result)),
    "unicast reordered": lambda result: sum(result["figures"][way]["reordered"] for way in UNICAST),
    "echoes": lambda result: result["figures"]["echoes"],
    "turns missing": lambda result: result["rounds"] - result["figures"]["standby_turns"],
    "retransmitted": lambda result: added(result, RETRANSMITTED),
    "reordered in TCP": lambda result: added(result, REORDERED),
}


def metric(name: str) -> Callable[[dict], float]:
    words, _, moment = name.partition(", ")
    since = {"ms until moved": moved, "ms until nothing is lost": lossy}
    return (lambda result: since[words](result, moment)) if moment else METRICS[words]


def problems(result: dict) -> list[str]:
    """Everything that makes this result a failure, in words."""
    if "error" in result:
        return [result["error"]]
    figures = result["figures"]
    wrong = list(figures["problems"])
    wrong += [f"kernel log: {line}" for line in figures["kernel_log"]]
    wrong += dead(figures, SCENARIOS[result["scenario"]])
    for name, limit in BARS[result["scenario"]].items():
        value = metric(name)(result)
        if value > limit:
            wrong.append(f"{name}: {value:g}, at most {limit:g} allowed")
    return wrong


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
    if "figures" not in result or "lost" not in BARS[result["scenario"]]:
        return ""
    lost = sum(flow["quiet_lost"] for flow in flows(result))
    if result["scenario"] == "idle":
        lost = int(METRICS["lost"](result))
    return f"{lost} lost though nothing happened" if lost else ""
