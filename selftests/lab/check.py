# SPDX-License-Identifier: GPL-2.0
"""Does the lab see what it is there to see? Logs made by hand, each with one fault."""

from __future__ import annotations

import unittest

import analysis
import bars
from scenario import SCENARIOS
from story import Story
from traffic import COURSES, UNICAST, Flow, Logs, Sighting

RATE = 1000
COUNT = 4 * RATE
EVENT = 1.0  # seconds after the first datagram
BREAK = 1.5
QUIET = {name: 0 for name in (*bars.RETRANSMITTED, *bars.REORDERED)}
RECORD = {"from": "primary", "cause": "gone", "planned": False, "hold_us": 0}


def flow(name: str, tap: str = "vf0") -> Flow:
    """All sent in time and received half a millisecond later, by one tap."""
    made = Flow()
    for number in range(COUNT):
        time = number / RATE
        made.sent[number] = time
        made.seen[number] = [Sighting(tap, name.startswith("down"), time + 0.0002)]
        made.received.append((number, time + 0.0005))
    return made


def logs() -> Logs:
    found = Logs({name: Flow() for name in COURSES})
    for name in UNICAST:
        found.flows[name] = flow(name)
        found.flows[name].tcp.last = COUNT / RATE
    return found


def lose(found: Flow, numbers: range) -> None:
    found.received = [(number, time) for number, time in found.received if number not in numbers]
    for number in numbers:
        del found.seen[number]


def by_standby(found: Logs, numbers: range) -> None:
    for name in UNICAST:
        for number in numbers:
            for sighting in found.flows[name].seen.get(number, []):
                sighting.tap = "sb0"


def told(*moments: tuple[float, str]) -> Story:
    story = Story()
    for when, text in moments:
        story.add(text, when)
    return story


def stand_still(found: Logs, numbers: range) -> None:
    """Nobody is run: what would have come meanwhile comes at the end."""
    for name in UNICAST:
        end = found.flows[name].received[numbers.stop][1]
        found.flows[name].received = [
            (number, end if number in numbers else time) for number, time in found.flows[name].received
        ]


def result(name: str, found: Logs, story: Story, rtnl_us: int = 1000, **facts) -> dict:
    figures = analysis.analyse(found, story, 0, SCENARIOS[name].vf_before, EVENT, COUNT / RATE)
    figures |= {"problems": [], "kernel_log": [], "standby_turns": 1, "history": []}
    figures |= {"switches": {"before": {}, "after": {"rtnl_us_max": rtnl_us}}, **facts}
    return {"scenario": name, "driver": "tandem", "rounds": 1, "figures": figures}


def wrong(name: str, found: Logs, story: Story = Story(), **facts) -> list[str]:
    """What the lab says of these logs."""
    return bars.problems(result(name, found, story, **facts))


class Seamless(unittest.TestCase):
    """One datagram of thousands is enough to fail."""

    def test_nothing_wrong(self):
        for name in ("unplug", "replug", "cycles", "prefer"):
            self.assertEqual(wrong(name, logs()), [])

    def test_one_lost(self):
        for way in UNICAST:
            found = logs()
            lose(found.flows[way], range(1700, 1701))
            self.assertEqual(wrong("unbind", found), ["lost: 1, at most 0 allowed"])

    def test_one_not_sent(self):
        found = logs()
        lose(found.flows["up"], range(1700, 1701))
        found.flows["up"].errors[1700] = 105
        self.assertEqual(wrong("unbind", found), ["lost: 1, at most 0 allowed"])

    def test_one_twice(self):
        found = logs()
        found.flows["down"].received.insert(2000, found.flows["down"].received[1990])
        self.assertEqual(wrong("unbind", found), ["duplicated: 1, at most 0 allowed"])

    def test_one_overtaken(self):
        found = logs()
        received = found.flows["up"].received
        received[2000], received[2001] = received[2001], received[2000]
        self.assertEqual(wrong("unbind", found), ["reordered: 1, at most 0 allowed"])

    def test_dead_at_the_end(self):
        found = logs()
        lose(found.flows["down"], range(3000, COUNT))
        self.assertIn("no traffic down at the end", wrong("unbind", found))

    def test_standby_for_good(self):
        found = logs()
        by_standby(found, range(1500, COUNT))
        self.assertEqual(wrong("unplug", found), [])
        self.assertEqual(len(wrong("replug", found)), 1)

    def test_rtnl_held_for_long(self):
        self.assertEqual(len(wrong("unbind", logs(), rtnl_us=201_000)), 1)

    def test_turn_not_seen(self):
        self.assertEqual(len(wrong("prefer", logs(), standby_turns=0)), 1)

    def test_lost_before_anything_happens(self):
        for name, facts in (("unbind", {}), ("bulk", {"tcp": {"switch": QUIET, "idle": QUIET}})):
            found = logs()
            lose(found.flows["up"], range(300, 400))
            self.assertIn("lost too soon: 100, at most 0 allowed", wrong(name, found, **facts))
            self.assertEqual(bars.worthless(result(name, found, Story(), **facts)), "")

    def test_pause_of_the_machine(self):
        found = logs()
        stand_still(found, range(300, 450))
        self.assertEqual(bars.worthless(result("unbind", found, Story())), "")
        self.assertIn("a pause of 15", bars.worthless(result("carrier", found, Story())))
        lose(found.flows["up"], range(300, 301))
        self.assertIn("a pause of 1", bars.worthless(result("unbind", found, Story())))

    def test_not_planned(self):
        self.assertEqual(len(wrong("unbind", logs(), history=[{**RECORD, "to": "standby"}])), 1)

    def test_complaint(self):
        self.assertEqual(len(wrong("unbind", logs(), kernel_log=["WARNING: CPU: 0"])), 1)

    def test_tcp_sent_again(self):
        for name, switch in ((None, QUIET), *((name, {**QUIET, name: 1}) for name in QUIET)):
            verdicts = wrong("bulk", logs(), tcp={"switch": switch, "idle": QUIET})
            self.assertEqual(len(verdicts), 1 if name else 0)


class Broken(unittest.TestCase):
    """When a path breaks: what is in flight until the guest sends by the other one."""

    def broken(self, lost: range, moved: int, noticed: float = BREAK + 0.01) -> list[str]:
        found = logs()
        by_standby(found, range(moved, 3000))
        for way in UNICAST:
            lose(found.flows[way], lost)
        story = told((BREAK, "VF carrier off"), (noticed, "VF noticed down"))
        return wrong("carrier", found, story, history=[{**RECORD, "cause": "carrier"}])

    def test_in_flight(self):
        self.assertEqual(self.broken(range(1500, 1520), 1520), [])

    def test_too_many(self):
        self.assertEqual(self.broken(range(1500, 1521), 1521), ["ms of datagrams lost: 21, at most 20 allowed"])

    def test_after_the_move(self):
        self.assertIn("late: 1, at most 0 allowed", self.broken(range(1600, 1601), 1530))

    def test_long_after_the_kernel_knew(self):
        self.assertEqual(len(self.broken(range(1500, 1519), 1519, noticed=BREAK + 0.005)), 1)

    def test_kept_for_seconds(self):
        found = logs()
        received = found.flows["down"].received
        received.append((1600, received.pop(1600)[1] + 1.1))
        self.assertEqual(wrong("unbind", found), ["lost: 1, at most 0 allowed"])

    def test_on_return(self):
        self.assertIn("late: 1, at most 0 allowed", self.broken(range(3000, 3001), 1530))


class Dark(unittest.TestCase):
    """The VF works until the guest has let go of it, whenever it was asked for."""

    def unplugged(self, last: int, lost: range) -> list[str]:
        found = logs()
        by_standby(found, range(2600, COUNT))
        for way in UNICAST:
            lose(found.flows[way], range(last, 2600))
            lose(found.flows[way], lost)
        story = told((0.0, "standby carrier off"), (EVENT, "unplug requested"))
        story.add("VF unplugged", 2.5)
        story.add("standby carrier on", 2.58)
        return wrong("link-last", found, story)

    def test_no_path(self):
        self.assertEqual(self.unplugged(2400, range(0)), [])

    def test_lost_by_a_working_vf(self):
        self.assertEqual(self.unplugged(2400, range(2000, 2001)), ["late: 1, at most 0 allowed"])

    def test_left_too_soon(self):
        self.assertEqual(len(self.unplugged(990, range(0))), 1)


class Stalled(unittest.TestCase):
    """Left after a second, and for as long as it lasts."""

    AGAIN = 3.0

    def stalled(self, back: range, again: float = AGAIN) -> list[str]:
        found = logs()
        lose(found.flows["up"], range(1500, 2510))
        by_standby(found, range(2510, 3300))
        for number in back:
            found.flows["up"].seen[number][0].tap = "vf0"
        story = told((BREAK, "VF stopped completing"), (again, "VF can complete again"))
        return wrong("stall", found, story, history=[{**RECORD, "cause": "stall"}])

    def test_left_in_time(self):
        self.assertEqual(self.stalled(range(0)), [])

    def test_returned_to_too_soon(self):
        self.assertEqual(self.stalled(range(2900, 2910)), ["given to the stalled VF: 10, at most 0 allowed"])

    def test_returned_to_later(self):
        self.assertEqual(self.stalled(range(3010, 3020)), [])


class TornOut(unittest.TestCase):
    """At once, and for the right reason."""

    def torn(self, moved: int, switched: float = BREAK + 0.008, **record) -> list[str]:
        found = logs()
        by_standby(found, range(moved, COUNT))
        noticed = (BREAK + 0.004, "VF noticed gone")
        story = told((BREAK, "VF torn out"), noticed, (switched, "switched to standby, gone"))
        return wrong("surprise", found, story, history=[{**RECORD, **record}])

    def test_at_once(self):
        self.assertEqual(self.torn(1512), [])

    def test_held(self):
        said = "the switch from the VF has hold_us 900, not 0"
        self.assertEqual(self.torn(1512, hold_us=900), [said])

    def test_as_if_planned(self):
        self.assertEqual(len(self.torn(1512, planned=True, cause="unbind")), 2)

    def test_not_recorded(self):
        self.assertEqual(self.torn(1512, **{"from": "standby"}), ["no switch from the VF is recorded"])

    def test_moved_late(self):
        self.assertEqual(len(self.torn(1568)), 1)

    def test_switched_late(self):
        self.assertEqual(len(self.torn(1512, switched=BREAK + 0.026)), 1)


if __name__ == "__main__":
    unittest.main()
