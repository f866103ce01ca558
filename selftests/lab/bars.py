# SPDX-License-Identifier: GPL-2.0
"""What a scenario must show to pass: one small table, meant to get tighter."""

from __future__ import annotations

# Only our own drivers are held to it; peers are there to compare with.
OURS = ("tandem", "dropin")

# The peers' fault that must not come back: frames that reached the running
# guest's standby and were dropped there. What the VF takes along when it goes
# is still lost: up to a dozen were seen, each way.
PLANNED = {"dropped on the standby": 0, "lost": 50, "duplicated": 20}

# A link that is cut takes along what is on it: what the VF was sent until the
# guest has seen the interrupt and the switch has seen the guest elsewhere.
# At 1000 datagrams a second 40 are 40 ms each way, of which a guest under TCG
# may be kept from running for 30.
IN_FLIGHT = {"lost": 40, "dropped on the standby": 0}

BARS: dict[str, dict[str, int]] = {
    "idle": {"lost": 0, "duplicated": 0, "reordered": 0},
    "unplug": PLANNED,
    "replug": PLANNED,
    "carrier": IN_FLIGHT,
    "unbind": PLANNED,
    # Nobody but the driver can tell the switch where a silent guest went.
    "receive-only": {**PLANNED, "sent to the empty slot": 20},
    "cancel": PLANNED,
    "migrate": PLANNED,
    "migrate-back": PLANNED,
    "surprise": {"dropped on the standby": 0},
}


# The guest sends nothing in these.
SILENT = ("receive-only",)


def ways(scenario: str) -> tuple[str, ...]:
    return ("down",) if scenario in SILENT else ("down", "up")


def both(figures: dict, name: str) -> int:
    return sum(figures[way][name] for way in ("down", "up") if way in figures)


def last_seen(figures: dict, place: str) -> int:
    return figures["down"]["where"].get(place, 0)


METRICS = {
    "lost": lambda figures: max(
        figures[way]["lost"]["outside"] for way in ("down", "up") if way in figures
    ),
    "duplicated": lambda figures: both(figures, "duplicated"),
    "reordered": lambda figures: both(figures, "reordered"),
    "dropped on the standby": lambda figures: last_seen(figures, "standby tap, dropped by guest"),
    "sent to the empty slot": lambda figures: last_seen(figures, "VF tap, no VF there"),
}


def problems(result: dict) -> list[str]:
    """Everything that makes this result a failure, in words."""
    if "error" in result:
        return [result["error"]]
    figures = result["figures"]
    wrong = list(figures["problems"])
    wrong += [f"kernel log: {line}" for line in figures["kernel_log"]]
    for way in ways(result["scenario"]):
        if not figures.get(way, {}).get("alive"):
            wrong.append(f"no traffic {way} at the end")
        if result["scenario"] not in SILENT and not figures.get(way, {}).get("tcp_alive"):
            wrong.append(f"the TCP flow {way} is dead, or was never measured")
    for name, limit in BARS[result["scenario"]].items():
        value = METRICS[name](figures)
        if value > limit:
            wrong.append(f"{name}: {value}, at most {limit} allowed")
    return wrong


def worthless(result: dict) -> str:
    """Why a result says something about the machine and nothing about the driver."""
    if "aborted" in result:
        return result["error"]
    figures = result.get("figures")
    if not figures:
        return ""
    lost = sum(figures[way]["quiet_lost"] for way in ("down", "up") if way in figures)
    if result["scenario"] == "idle":
        lost = METRICS["lost"](figures)
    return f"{lost} lost though nothing happened" if lost else ""
