# SPDX-License-Identifier: GPL-2.0
"""Results as tables for people."""

from __future__ import annotations

import collections
import itertools
import statistics

from traffic import COURSES

COLUMNS = ("lost", "in stop", "dup", "reord", "gap ms", "gap all", "stall ms", "stall all", "quiet gap")
NAMES = ("kernel", "vf", "hotplug", "driver", "scenario")
WAYS = tuple(COURSES)


def columns(figures: dict) -> dict[str, float]:
    """The numbers of one direction in the order they are printed."""
    stall = figures.get("tcp_stall_ms", {"outside": float("nan"), "total": float("nan")})
    values = (
        figures["lost"]["outside"],
        figures["lost"]["inside"],
        figures["duplicated"],
        figures["reordered"],
        figures["gap_ms"]["outside"],
        figures["gap_ms"]["total"],
        stall["outside"],
        stall["total"],
        figures["quiet_gap_ms"],
    )
    return dict(zip(COLUMNS, values))


def line(result: dict) -> str:
    """One result in one line, while the run goes on."""
    if "figures" not in result:
        return result.get("error") or f"not possible: {result['skipped']}"
    parts = []
    for way in WAYS:
        if way in result["figures"]:
            row = columns(result["figures"][way])
            parts.append(f"{way} lost {row['lost']}+{row['in stop']}, gap {row['gap ms']:.0f} ms")
    for moment, moved in result["figures"]["moved_ms"].items():
        parts.append(f"moved {moved} ms after {moment}")
    return "; ".join(parts)


def number(value: float) -> str:
    if value != value:  # not measured
        return "-"
    return f"{value:.0f}"


def cell(values: list[float]) -> str:
    """The median; with more than one run also the worst, after a slash."""
    middle = number(statistics.median(values))
    return middle if len(values) == 1 else f"{middle}/{number(max(values))}"


def key(result: dict) -> tuple[str, ...]:
    return tuple(result[name] for name in NAMES)


def table(results: list[dict]) -> str:
    rows = []
    for names, group in itertools.groupby(sorted(results, key=key), key):
        runs = [result for result in group if "figures" in result]
        for way in WAYS:
            measured = [columns(run["figures"][way]) for run in runs if way in run["figures"]]
            if measured:
                cells = [cell([run[name] for run in measured]) for name in measured[0]]
                rows.append([*names, way, *cells])
        if not runs:
            rows.append([*names, "no result"])
    head = [*NAMES, "way", *COLUMNS]
    return layout([head, *rows])


def layout(rows: list[list[str]]) -> str:
    widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            text.ljust(width) if i <= len(NAMES) else text.rjust(width)
            for i, (text, width) in enumerate(zip(row, widths))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def where(results: list[dict]) -> str:
    """Where each lost datagram was last seen, summed over the runs."""
    lines = []
    sums: dict[tuple, collections.Counter] = collections.defaultdict(collections.Counter)
    for result in results:
        for way in WAYS:
            lost = result.get("figures", {}).get(way, {}).get("where")
            if lost:
                sums[*key(result), way].update(lost)
    for names, places in sums.items():
        listed = ", ".join(f"{count} {place}" for place, count in places.most_common())
        lines.append(f"  {' '.join(names)}: {listed}")
    return "\n".join(["lost datagrams were last seen at:", *lines]) if lines else ""


def overtaken(result: dict) -> str:
    """The story's times of what came out of order."""
    lines = []
    for way in WAYS:
        for one in result.get("figures", {}).get(way, {}).get("overtaken", []):
            lines.append(
                f"  {way} {one['number']} by {', '.join(one['by'])}: sent {one['sent']:.4f}, came "
                f"{one['came']:.4f}, behind {one['behind']} by {', '.join(one['which came by'])}"
            )
    return "\n".join(lines)


def timeline(moments: list[dict]) -> str:
    return "\n".join(f"  {moment['at']:8.3f} s  {moment['text']}" for moment in moments)
