# SPDX-License-Identifier: GPL-2.0
"""The stories: what the host does to a guest under load."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable

import analysis
import klog
import net
from guest import GuestError
from net import PEER_ADDRESS, TAPS, ip
from pair import Pair
from process import LabError, pass_time, wait_until
from story import Story
from traffic import Traffic

QUIET = 1.2  # seconds of traffic before anything happens
TAIL = 2.5  # ... and after
WARM_UP = 12  # seconds until the VF must be in use
BACK = 15  # seconds a VF may take to be in use again
LINK_OFF = 4.5


VF_READY = """\
. /lab/lib.sh
vf_up() { has_carrier "$(vf)"; }
wait_for 15 vf_up
"""
PEER_ANSWERS = f"""\
. /lab/lib.sh
wait_for 10 ping -c 1 -W 1 {PEER_ADDRESS}
"""


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    act: Callable[[Pair], None]
    vf_before: bool = True
    vf_after: bool = True
    talks: bool = True  # the guest sends datagrams and has TCP flows
    native_only: bool = False


def uplink() -> dict[str, int]:
    """Frames each tap has taken from its guest so far."""
    links = json.loads(ip("-j -s link show type tun"))
    return {link["ifname"]: link["stats64"]["rx"]["packets"] for link in links if link["ifname"] in TAPS}


def in_use(kind: str) -> Callable[[], bool]:
    """Does the guest send by this kind of tap now?"""
    last = uplink()

    def moved() -> bool:
        nonlocal last
        now = uplink()
        before, last = last, now
        return sum(now[tap] - before[tap] for tap in TAPS if tap.startswith(kind)) > 10

    return moved


def wait_in_use(kind: str, seconds: float = BACK) -> None:
    what = "the VF" if kind == "vf" else "the standby"
    wait_until(in_use(kind), seconds, f"traffic from the guest by {what}", every=0.05)


def idle(_pair: Pair) -> None:
    pass_time(4)


def unplug(pair: Pair) -> None:
    pair.unplug()
    wait_in_use("sb")


def replug(pair: Pair) -> None:
    pair.plug()
    wait_in_use("vf")


def carrier(pair: Pair) -> None:
    pair.set_link(False)
    pass_time(LINK_OFF)
    pair.set_link(True)
    wait_in_use("vf")


UNBIND = """\
. /lab/lib.sh
device=$(readlink -f "/sys/class/net/$(vf)/device")
case $device in */virtio*) device=${device%/*} ;; esac
driver=$(readlink -f "$device/driver")
echo "${device##*/}" >"$driver/unbind" && echo "$driver ${device##*/}"
"""


def unbind(pair: Pair) -> None:
    """The guest's administrator takes the driver away from the VF for a while."""
    pair.story.add("driver unbound from the VF")
    driver, device = pair.guest.run(UNBIND).split()
    pass_time(3)
    pair.story.add("driver bound to the VF")
    pair.guest.run(f"echo {device} >{driver}/bind")
    wait_in_use("vf")


def receive_only(pair: Pair) -> None:
    """Nothing the guest sends by itself can teach the switch where it is."""
    pair.unplug()
    pass_time(5)
    pair.plug()
    pass_time(6)


def migrate(pair: Pair) -> None:
    pair.migrate()
    wait_in_use("vf")


def migrate_back(pair: Pair) -> None:
    if pair.side == 0:
        raise LabError("migrate-back needs a migrate before it")
    pair.migrate()
    wait_in_use("vf")


def cancel(pair: Pair) -> None:
    """Changed our mind: while the VF is being unplugged, and while memory is copied."""
    for status in ("wait-unplug", "active") if pair.machine.failover else ("active",):
        pair.cancel(status)
        pass_time(1)
        wait_in_use("vf")
        pass_time(2)


def surprise(pair: Pair) -> None:
    pair.tear_out()
    wait_in_use("sb")


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("idle", idle),
        Scenario("unplug", unplug, vf_after=False),
        Scenario("replug", replug, vf_before=False),
        Scenario("carrier", carrier),
        Scenario("unbind", unbind),
        Scenario("receive-only", receive_only, talks=False),
        Scenario("cancel", cancel),
        Scenario("migrate", migrate),
        Scenario("migrate-back", migrate_back),
        Scenario("surprise", surprise, vf_after=False, native_only=True),
    )
}


def prepare(pair: Pair, scenario: Scenario) -> None:
    """Bring guest and VF to where the scenario starts from."""
    if scenario.name == "migrate-back" and pair.side == 0:
        pair.migrate()
    if pair.has_vf and not scenario.vf_before:
        pair.unplug()
    if not pair.has_vf and scenario.vf_before:
        pair.plug()
    if scenario.vf_before:
        pair.guest.run(VF_READY, what="the VF comes up under its master")
    # Fresh entries on both sides: none may expire while we measure.
    net.forget()
    pair.guest.run("ip neigh flush all")
    pair.guest.run(PEER_ANSWERS, what="the peer answers")


def play(pair: Pair, scenario: Scenario, traffic: Traffic, story: Story) -> dict:
    """One scenario under load; the result has figures, problems and the timeline."""
    problems: list[str] = []
    side = pair.side
    traffic.start()
    try:
        if scenario.talks:
            wait_in_use("vf" if scenario.vf_before else "sb", WARM_UP)
        pair.story = story
        story.begin()
        pass_time(QUIET)
        event = time.time()
        try:
            scenario.act(pair)
        except GuestError:
            raise
        except LabError as error:
            problems.append(str(error))
        pass_time(TAIL)
        end = time.time()
        logs = traffic.stop()
    finally:
        traffic.abandon()
    pair.story = Story()
    story.echo = None  # what follows comes from the logs, not from now
    figures = analysis.analyse(logs, story, side, scenario.vf_before, event, end)
    analysis.note_paths(logs, story, side)
    figures["problems"] = problems
    figures["kernel_log"] = klog.complaints(pair.guest.run("dmesg"))
    return figures
