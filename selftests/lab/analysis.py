# SPDX-License-Identifier: GPL-2.0
"""From logs to figures: what was lost, where, and how long nothing came.

Guest logs carry the guest's clock, which stands still while the VM is stopped.
Its offset is measured before anything happens; afterwards each stop adds its
length. What is lost because the VM was not running where the switch delivered
is counted as inside its stop, everything else as outside.

When a path breaks without warning, what was in flight is lost, and "in flight"
ends with the guest's first frame by the other path, which teaches the switch.
What is lost outside of that is late. What comes more than a second after it was
sent is lost as well: QEMU keeps frames for a NIC whose link is off.
"""

from __future__ import annotations

import collections
import dataclasses
import errno
from collections.abc import Callable, Iterable

from story import Story
from traffic import COURSES, RATE, UNICAST, Flow, Logs, Sighting

# Frames that reach a tap this shortly before a stop are still on their way.
IN_FLIGHT = 0.02
# A path is in use when this many datagrams in a row came by it.
PATH_RUN = 3
# Alive at the end: one of the last ... arrived.
ALIVE_SECONDS = 0.5

# Our driver's record and the kernel log agree to within this.
RECORD = 0.003

# What comes later than this, the VM's stops not counted, is lost to whoever waits.
EXPIRED = 1.0

# Lost by the VM's stop and move, whatever runs in the guest.
UNAVOIDABLE = ("VM stopped", "in flight at the stop", "tap of the host before")
# The switch is told where the VM runs now 50 ms after it does, by QEMU for the
# standby, and the guest that hears of it does the same: so long it may not know,
# and as long again, as all here is late at times.
TOLD = 0.1

# Moments at which a path breaks without warning.
BREAKS = ("VF carrier off", "VF torn out", "VF stopped completing", "no path left")
# ... and moments from which on the guest could have used the other one.
CHANCES = (*BREAKS, "VF noticed gone", "VF noticed down", "standby carrier on")

Window = tuple[float, float]


@dataclasses.dataclass
class Times:
    """Where and when the guest ran, from the story of one scenario."""

    stops: list[Window]
    sides: list[tuple[float, int]]
    no_vf: list[Window]
    no_link: list[Window]
    dark: list[Window]  # the standby had no carrier
    breaks: list[Window] = dataclasses.field(default_factory=list)
    offset: float = 0.0

    def side(self, time: float) -> int:
        return [side for start, side in self.sides if start <= time][-1]

    def host(self, guest_time: float) -> float:
        """The host's clock for a time stamp of the guest."""
        time = guest_time - self.offset
        for start, end in self.stops:
            if time > start:
                time += end - start
        return time


def inside(time: float, windows: Iterable[Window]) -> bool:
    return any(start <= time <= end for start, end in windows)


def overlap(start: float, end: float, windows: Iterable[Window]) -> float:
    return sum(max(0.0, min(end, stop) - max(start, begin)) for begin, stop in windows)


def windows(story: Story, opening: str, closing: str) -> list[Window]:
    """Intervals between two kinds of moment; the last may stay open."""
    found = []
    for start in story.when(opening):
        ends = [time for time in story.when(closing) if time > start]
        found.append((start, ends[0] if ends else float("inf")))
    return found


def read_times(story: Story, side: int, logs: Logs, vf_first: bool) -> Times:
    stops = windows(story, "VM stopped", "VM running")
    sides = [(0.0, side)]
    for _, end in stops:
        sides.append((end, 1 - sides[-1][1]))
    no_vf = windows(story, "VF unplugged", "VF plugged")
    plugged = story.when("VF plugged")
    if not vf_first:
        no_vf.insert(0, (0.0, plugged[0] if plugged else float("inf")))
    no_link = windows(story, "VF carrier off", "VF carrier on")
    dark = windows(story, "standby carrier off", "standby carrier on")
    times = Times(stops, sides, no_vf, no_link, dark)
    times.offset = clock_offset(logs.flows["down"])
    return times


def clock_offset(flow: Flow) -> float:
    """Guest minus host, by the fastest of the first datagrams."""
    waits = []
    for sequence, time in flow.received[: RATE // 2]:
        sightings = flow.seen.get(sequence)
        if sightings:
            waits.append(time - sightings[0].time)
    return min(waits, default=0.0)


def lost_down(flow: Flow, sequence: int, times: Times) -> str:
    if sequence in flow.errors:
        return f"not sent: {errno.errorcode[flow.errors[sequence]]}"
    seen = [sighting for sighting in flow.seen.get(sequence, []) if sighting.outgoing]
    if not seen:
        return "lost in the switch"
    # A flooded frame reaches all taps: judge by the one that should have worked.
    order = ("standby tap, dropped by guest", "in flight at the stop", "VF tap, dropped by guest")
    places = [place_down(sighting, times) for sighting in seen]
    return min(places, key=lambda place: order.index(place) if place in order else len(order))


def place_down(sighting: Sighting, times: Times) -> str:
    kind, side = sighting.tap[:2], int(sighting.tap[2])
    if inside(sighting.time, times.stops):
        return "VM stopped"
    if any(0 <= start - sighting.time < IN_FLIGHT for start, _ in times.stops):
        return "in flight at the stop"
    if side != times.side(sighting.time):
        moved = max(start for start, _ in times.sides if start <= sighting.time)
        told = sighting.time - moved > TOLD
        return "tap of the other host" if told else "tap of the host before"
    if kind == "sb" and inside(sighting.time, times.dark):
        return "standby tap, link off"
    if kind == "sb":
        return "standby tap, dropped by guest"
    if inside(sighting.time, times.no_vf):
        return "VF tap, no VF there"
    if inside(sighting.time, times.no_link):
        return "VF tap, link off"
    return "VF tap, dropped by guest"


def lost_up(flow: Flow, sequence: int, _times: Times) -> str:
    if sequence in flow.errors:
        return f"not sent: {errno.errorcode[flow.errors[sequence]]}"
    seen = flow.seen.get(sequence)
    return f"lost behind {seen[-1].tap}" if seen else "never left the guest"


def in_time(flow: Flow, way: Way, times: Times) -> list[tuple[int, float]]:
    """What has been received, without what came too late."""

    def age(sequence: int, time: float) -> float:
        sent, got = way.sent_at(flow.sent[sequence]), way.got_at(time)
        return got - sent - overlap(sent, got, times.stops)

    return [(sequence, time) for sequence, time in flow.received if age(sequence, time) <= EXPIRED]


def overtaken(flow: Flow, received: list[tuple[int, float]], way: Way, start: float) -> list[dict]:
    """Each first arrival that came after a later one: when, and by which taps both."""
    found = []
    known: set[int] = set()
    highest = -1
    for sequence, time in received:
        if sequence < highest and sequence not in known:
            found.append(
                {
                    "number": sequence,
                    "sent": round(way.sent_at(flow.sent[sequence]) - start, 4),
                    "came": round(way.got_at(time) - start, 4),
                    "by": taps(flow, sequence, start),
                    "behind": highest,
                    "which came by": taps(flow, highest, start),
                }
            )
        known.add(sequence)
        highest = max(highest, sequence)
    return found


def taps(flow: Flow, sequence: int, start: float) -> list[str]:
    return [f"{s.tap} {s.time - start:.4f}" for s in flow.seen.get(sequence, [])]


def longest(pauses: Iterable[Window], stops: list[Window]) -> dict[str, float]:
    """Milliseconds: in all, and without the time the VM was stopped."""
    total = outside = 0.0
    for start, end in pauses:
        total = max(total, end - start)
        outside = max(outside, end - start - overlap(start, end, stops))
    return {"total": round(total * 1e3, 1), "outside": round(outside * 1e3, 1)}


@dataclasses.dataclass(frozen=True)
class Way:
    """How to read the logs of one direction, on the host's clock."""

    sent_at: Callable[[float], float]
    got_at: Callable[[float], float]
    where: Callable[[Flow, int, Times], str]


def pause(marks: list[float], calm: list[Window]) -> float:
    """The longest time in which nothing went on, of those in which nothing happens."""
    spans = [[time for time in marks if start <= time < end] for start, end in calm]
    return max(longest(zip(span, span[1:]), [])["total"] for span in spans)


def measure(flow: Flow, times: Times, calm: list[Window], way: Way, start: float) -> dict:
    """The figures of one direction."""
    received = in_time(flow, way, times)
    arrivals = [way.got_at(time) for _, time in received]
    ever = {sequence for sequence, _ in flow.received}
    known = {sequence for sequence, _ in received}
    expired = "came more than a second late"
    places = {s: expired if s in ever else way.where(flow, s, times) for s in flow.sent if s not in known}
    outside = [way.sent_at(flow.sent[s]) for s, place in places.items() if place not in UNAVOIDABLE]
    late = overtaken(flow, received, way, start)
    last_sent = max(flow.sent.values())
    last = way.sent_at(last_sent)
    event = calm[0][1]
    marks = sorted([*arrivals, max(last, arrivals[-1] if arrivals else event)])
    # What is lost is no pause of the machine.
    sent = [way.sent_at(flow.sent[s]) for s in places]
    return {
        "sent": len(flow.sent),
        "lost": {"outside": len(outside), "inside": len(places) - len(outside)},
        "lost_ms": len({int(time * 1e3) for time in outside}),
        "last_lost": max(outside, default=0.0),
        "late": sum(not inside(time, times.breaks) for time in outside),
        "duplicated": len(flow.received) - len(ever),
        "reordered": len(late),
        "overtaken": late,
        "gap_ms": longest(zip(marks, marks[1:]), times.stops),
        "where": dict(collections.Counter(places.values()).most_common()),
        "quiet_lost": sum(time < event - IN_FLIGHT for time in sent),
        "quiet_gap_ms": pause(sorted([*arrivals, *sent]), calm),
        "alive": any(s in known and time > last_sent - ALIVE_SECONDS for s, time in flow.sent.items()),
    }


def tcp_figures(flow: Flow, times: Times, end: float) -> dict:
    return {
        "tcp_stall_ms": longest(flow.tcp.stalls, times.stops),
        "tcp_alive": end - flow.tcp.last < 1.5,
    }


def analyse(logs: Logs, story: Story, side: int, vf_first: bool, event: float, end: float) -> dict:
    times = read_times(story, side, logs, vf_first)
    add_guest_moments(story, times)
    add_last_frame(logs.flows["up"], story, times)
    moves = moments_of_moving(logs, story, times)
    times.breaks = [
        (start - IN_FLIGHT, start + moves[moment].get("up", float("inf")) / 1e3)
        for moment in BREAKS
        for start in story.when(moment)
    ]
    calm = [(0.0, event), *((start, float("inf")) for start in story.when("nothing more happens"))]
    same = lambda time: time
    ways = {"down": Way(same, times.host, lost_down), "up": Way(times.host, same, lost_up)}
    figures: dict = {"moved_ms": moves, "echoes": logs.echoes}
    for name, flow in logs.flows.items():
        if flow.sent:
            figures[name] = measure(flow, times, calm, ways[name.split()[0]], story.start)
        if flow.tcp.last:
            figures[name].update(tcp_figures(flow, times, end))
    figures["no_path_ms"] = sum(
        round((end - start) * 1e3, 1)
        for start in story.when("no path left")
        for end in [time for time in story.when("VF unplugged") if time > start][:1]
    )
    figures["lost_until_ms"] = {moment: lost_until(story.when(moment)[0], figures) for moment in moves}
    figures["switched_ms"] = {moment: switched(story, moment) for moment in moves}
    figures["by_both"] = by_both(logs, story)
    figures["by_stalled"] = by_stalled(logs.flows["up"], ways["up"], times, story)
    figures["off_vf"] = sum(off_vf(flow) for name, flow in logs.flows.items() if name in UNICAST)
    figures["downtime_ms"] = [round((b - a) * 1e3, 1) for a, b in times.stops if b != float("inf")]
    return figures


def off_vf(flow: Flow) -> int:
    """How many of the last datagrams went by another tap than the VF's, or by none."""
    end = max(flow.sent.values(), default=0) - ALIVE_SECONDS
    last = [sequence for sequence, time in flow.sent.items() if time > end]
    return sum({s.tap[:2] for s in flow.seen.get(sequence, [])} != {"vf"} for sequence in last)


def by_both(logs: Logs, story: Story) -> int:
    """How many frames for everybody both ports were given while the VF was up and not in use."""
    used = [s.time for found in logs.flows["up"].seen.values() for s in found if s.tap.startswith("vf")]
    plugged = story.when("VF plugged")
    spans = [
        (start, min(time for time in used if time > plugged[-1]))
        for start in story.when("VF gets broadcasts")
        if used and max(used) > plugged[-1]
    ]
    flows = [logs.flows[name] for name, course in COURSES.items() if course.target and name.startswith("down")]
    found = [
        {s.tap[:2] for s in flow.seen.get(sequence, []) if s.outgoing}
        for flow in flows
        for sequence, time in flow.sent.items()
        if inside(time, spans)
    ]
    return sum(taps == {"vf", "sb"} for taps in found)


def by_stalled(flow: Flow, way: Way, times: Times, story: Story) -> int:
    """How many datagrams the guest gave to a VF that had stalled, after it had left it."""
    good = {sequence for sequence, _ in in_time(flow, way, times)}
    by_vf = lambda sequence: any(s.tap.startswith("vf") for s in flow.seen.get(sequence, []))
    left = [end for _, end in times.breaks]
    spans = [(max(left), again) for again in story.when("VF can complete again") if left]
    between = [s for s, time in flow.sent.items() if inside(way.sent_at(time), spans)]
    return sum(s not in good or by_vf(s) for s in between)


def lost_until(start: float, figures: dict) -> dict[str, float]:
    """How long after a moment datagrams were sent that are lost, in milliseconds."""
    return {
        way: round(max(figures[way]["last_lost"] - start, 0.0) * 1e3, 1)
        for way in ("down", "up")
        if way in figures
    }


def switched(story: Story, moment: str) -> float:
    """Milliseconds until our driver's own record of the move, which drops parts of one."""
    start = story.when(moment)[0]
    found = [m.time - start for m in story.moments() if m.text.startswith("switched to standby")]
    return round(max(min((time for time in found if time > -RECORD), default=float("inf")), 0.0) * 1e3, 1)


def add_guest_moments(story: Story, times: Times) -> None:
    """What the guest noted itself, now on the host's clock."""
    for time, text in story.guest_moments:
        story.add(text, times.host(time))


def add_last_frame(flow: Flow, story: Story, times: Times) -> None:
    """A VF that is unplugged while the standby is dark is the last path as long as it sends."""
    by_vf = [s.time for found in flow.seen.values() for s in found if s.tap.startswith("vf") and not s.outgoing]
    for unplugged in story.when("VF unplugged"):
        last = max((time for time in by_vf if time < unplugged), default=unplugged)
        if inside(unplugged, times.dark):
            story.add("no path left", last)


def moments_of_moving(logs: Logs, story: Story, times: Times) -> dict[str, dict[str, float]]:
    """From each chance to the first datagram each way by the standby, in milliseconds."""
    up = [
        sighting.time
        for sightings in logs.flows["up"].seen.values()
        for sighting in sightings
        if sighting.tap.startswith("sb") and not sighting.outgoing
    ]
    arrived = {sequence: times.host(time) for sequence, time in logs.flows["down"].received}
    down = [
        arrived[sequence]
        for sequence, sightings in logs.flows["down"].seen.items()
        if sequence in arrived and any(s.tap.startswith("sb") and s.outgoing for s in sightings)
    ]
    moves: dict[str, dict[str, float]] = {}
    for moment in CHANCES:
        for start in story.when(moment)[:1]:
            found = {name: [t for t in seen if t > start] for name, seen in (("up", up), ("down", down))}
            moves[moment] = {
                name: round((min(later) - start) * 1e3, 1) for name, later in found.items() if later
            }
    return moves


def paths(logs: Logs) -> list[tuple[float, str]]:
    """When the guest began to send by which tap."""
    seen = sorted(
        (sighting.time, sighting.tap)
        for sightings in logs.flows["up"].seen.values()
        for sighting in sightings
        if not sighting.outgoing
    )
    changes: list[tuple[float, str]] = []
    for here, later in zip(seen, seen[PATH_RUN - 1 :]):
        if here[1] == later[1] and (not changes or changes[-1][1] != here[1]):
            changes.append(here)
    return changes


def note_paths(logs: Logs, story: Story, side: int) -> int:
    """Add to the story which way the guest sent; how often that was the standby."""
    turns = 0
    for when, tap in paths(logs):
        port = "VF" if tap.startswith("vf") else "standby"
        turns += port == "standby"
        where = "" if int(tap[2]) == side else " at the destination"
        story.add(f"{port} in use{where}", when)
    return turns
