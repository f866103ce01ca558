# SPDX-License-Identifier: GPL-2.0
"""The table of the promise: a line for each scenario, a column for each driver."""

from __future__ import annotations

import collections
import itertools
import statistics
from collections.abc import Callable

import bars
from bars import OURS
from scenario import SCENARIOS

HEAD = "datagrams lost to the guest / from the guest, median (worst)"


def text(values: list[float], unit: str = "") -> str:
    """The median, and the worst in brackets where that is another."""
    middle, worst = statistics.median(values), max(values)
    show = lambda value: "never" if value == float("inf") else f"{value:.0f}{unit}"
    return show(middle) if show(middle) == show(worst) else f"{show(middle)} ({show(worst)})"


def lost(result: dict, way: str) -> int:
    """Where there was no path at all for a while, only what was lost after that."""
    names = [name for name in SCENARIOS[result["scenario"]].load.rates if name.startswith(way)]
    flows = [result["figures"][name] for name in names]
    if result["scenario"] == "link-last":
        return sum(flow["late"] for flow in flows)
    return sum(flow["lost"]["outside"] for flow in flows)


def ways(runs: list[dict]) -> str:
    """Lost to the guest / from the guest."""
    rates = SCENARIOS[runs[0]["scenario"]].load.rates
    cells = [text([lost(run, way) for run in runs]) for way in ("down", "up") if way in rates]
    return " / ".join(cells)


def count(name: str, what: str) -> Callable[[list[dict]], str]:
    """How often something happened; nothing if it did not."""

    def cell(runs: list[dict]) -> str:
        values = [bars.metric(name)(run) for run in runs]
        return f"{text(values)} {what}" if any(values) else ""

    return cell


def until(name: str) -> Callable[[list[dict]], str]:
    word = "lost none" if name.startswith("ms until nothing") else "moved"
    moment = name.partition(", ")[2]

    def cell(runs: list[dict]) -> str:
        told = [run for run in runs if moment in run["figures"]["moved_ms"]]
        return f"{word} after {text([bars.metric(name)(run) for run in told], ' ms')}" if told else ""

    return cell


def tcp(runs: list[dict]) -> str:
    """The switches' share of what both ends had to send again or sort."""
    parts = [
        f"{text([bars.added(run, names) for run in runs])} {what}"
        for names, what in ((bars.RETRANSMITTED, "sent again"), (bars.REORDERED, "reordered"))
    ]
    return ", ".join(parts)


def parts_of(scenario: str) -> list[Callable[[list[dict]], str]]:
    if scenario == "bulk":
        return [tcp]
    parts = [until(name) for name in bars.BARS[scenario] if name.startswith("ms until")]
    parts += [ways, count("duplicated", "twice"), count("reordered", "out of order")]
    if scenario == "broadcast":
        parts.append(count("echoes", "echoes"))
    return parts


def cell(runs: list[dict]) -> str:
    """One driver's runs of one scenario."""
    skipped = [run["skipped"] for run in runs if "skipped" in run]
    if skipped:
        return "not possible"
    measured = [run for run in runs if "figures" in run]
    if not measured:
        return "no result"
    words = [part(measured) for part in parts_of(runs[0]["scenario"])]
    if any(run["figures"]["problems"] for run in measured):
        words.append("and a problem")
    if len(measured) < len(runs):
        words.append(f"{len(runs) - len(measured)} without result")
    return ", ".join(filter(None, words))


def holding(result: dict) -> tuple[float, float]:
    """Microseconds: packets, RTNL; where the boot's maximum stood before, of the last switch."""
    switches = result.get("figures", {}).get("switches", {})
    before, after = switches.get("before", {}), switches.get("after", {})
    grown = {name: value - before.get(name, 0) for name, value in after.items()}
    packets = after.get("hold_us_last", 0) if grown.get("switches_planned") else 0
    if grown.get("hold_us_max"):
        packets = after["hold_us_max"]
    return packets, after.get("rtnl_us_max", 0)


def held(runs: list[dict]) -> str:
    """How long packets were held, and RTNL since the guest was booted, at most."""
    counted = [run for run in runs if run.get("figures", {}).get("switches", {}).get("after")]
    if not counted:
        return "-"
    return " / ".join(f"{max(column) / 1e3:.1f}" for column in zip(*map(holding, counted)))


def rows(
    results: list[dict],
    columns: list[str],
    show: Callable[[list[dict]], str],
    column: Callable[[dict], str] = lambda result: result["driver"],
) -> list[list[str]]:
    names = [name for name in SCENARIOS if any(result["scenario"] == name for result in results)]
    table = []
    for name in names:
        line = [name]
        for head in columns:
            runs = [r for r in results if r["scenario"] == name and column(r) == head]
            line.append(show(runs) if runs else "")
        table.append(line)
    return table


def layout(table: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*table)]
    return "\n".join(
        "  ".join(word.ljust(width) for word, width in zip(line, widths)).rstrip() for line in table
    )


def machine(result: dict) -> tuple[str, str, str]:
    return result["kernel"], result["vf"], result["host"]


def one_machine(results: list[dict]) -> str:
    """All tables of one kernel, VF and way of plugging."""
    drivers = list(dict.fromkeys(result["driver"] for result in results))
    kernel, vf, hotplug = machine(results[0])
    lines = [f"Linux {kernel}, VF {vf}, {hotplug} hotplug", HEAD]
    counts = ["runs of a row", *(span([r for r in results if r["driver"] == driver]) for driver in drivers)]
    lines.append(layout([["", *drivers], *rows(results, drivers, cell), counts]))
    ours = [driver for driver in drivers if driver in OURS]
    if any(held([result]) != "-" for result in results if result["driver"] in ours):
        lines += ["", "packets held / RTNL held since boot, at most, ms"]
        lines.append(layout([["", *ours], *rows(results, ours, held)]))
    return "\n".join(lines)


def by(results: list[dict], column: Callable[[dict], str]) -> str:
    """A column for each value of what they are told apart by; what cannot be played is left out."""
    results = [result for result in results if "skipped" not in result]
    heads = sorted({column(result) for result in results})
    runs = {head: [r for r in results if column(r) == head] for head in heads}
    lines = [["", *heads], *rows(results, heads, cell, column)]
    lines.append(["runs of a row", *(span(runs[head]) for head in heads)])
    lines.append(["packets held / RTNL held, ms", *(held(runs[head]) for head in heads)])
    return layout(lines)


def span(runs: list[dict]) -> str:
    counts = collections.Counter(run["scenario"] for run in runs if "figures" in run).values()
    low, high = min(counts, default=0), max(counts, default=0)
    return f"{low}" if low == high else f"{low} to {high}"


def table(results: list[dict]) -> str:
    groups = itertools.groupby(results, machine)
    return "\n\n".join(one_machine(list(group)) for _, group in groups)
