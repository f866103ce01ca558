# SPDX-License-Identifier: GPL-2.0
"""The stories, and how one of them is played to a guest under load."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

import acts
import analysis
import counters
import klog
import net
import stall
from acts import VF_READY, Scene, wait_in_use
from guest import GuestError
from net import PEER_ADDRESS, PEER_MAC
from pair import STANDBY, Pair
from process import LabError, pass_time
from story import Story
from traffic import CASTS, FLOOD, SILENT, USUAL, Load, Traffic

QUIET = 1.2  # seconds of traffic before anything happens
TAIL = 2.5  # ... and after
WARM_UP = 12  # seconds until the VF must be in use

PEER_ANSWERS = f"""\
. /lab/lib.sh
ip neigh flush all nud permanent
ip neigh flush all
wait_for 10 ping -c 1 -W 1 {PEER_ADDRESS}
"""


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    act: Callable[[Scene], None]
    vf_before: bool = True
    vf_after: bool = True
    load: Load = USUAL
    native_only: bool = False
    standby_dark: bool = False  # the standby has no carrier at first
    rounds: int = 1


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("idle", acts.idle),
        Scenario("unplug", acts.unplug, vf_after=False),
        Scenario("replug", acts.replug, vf_before=False),
        Scenario("cycles", acts.cycles, rounds=20),
        Scenario("prefer", acts.prefer, rounds=100),
        Scenario("unbind", acts.unbinds),
        Scenario("receive-only", acts.receive_only, load=SILENT),
        Scenario("broadcast", acts.casts, load=CASTS),
        Scenario("bulk", acts.bulk, load=FLOOD),
        Scenario("carrier", acts.carrier),
        Scenario("stall", acts.stop_completing),
        Scenario("link-first", acts.link_first, vf_after=False, standby_dark=True),
        Scenario("link-last", acts.link_last, vf_after=False, standby_dark=True),
        Scenario("cancel", acts.cancel),
        Scenario("migrate", acts.migrate),
        Scenario("migrations", acts.migrations, rounds=10),
        Scenario("surprise", acts.tear_out, vf_after=False, native_only=True),
    )
}

# The rows of the table, and how often the short form goes round in them.
TABLE = [name for name in SCENARIOS if name not in ("idle", "unplug", "replug", "migrate")]
SHORT = {"cycles": 4, "prefer": 15, "migrations": 2}


def impossible(name: str, driver: str, vf: str, series: str) -> str:
    """Why a scenario cannot be played to a driver with a VF; nothing if it can."""
    if driver == "net_failover" and vf == "virtio-net-pci":
        return "net_failover does not accept a virtio VF"
    if name == "prefer" and driver == "net_failover":
        return "net_failover has no command for it"
    if name == "stall" and (vf not in stall.MODELS or (vf, series) == ("virtio-net-pci", "6.1")):
        return f"the driver of {vf} on {series} does not say what is in flight (BQL)"
    return ""


def prepare(pair: Pair, scenario: Scenario) -> None:
    """Bring guest and VF to where the scenario starts from."""
    pair.set_link(True, STANDBY)
    if pair.has_vf and not scenario.vf_before:
        pair.unplug()
    if not pair.has_vf and scenario.vf_before:
        pair.plug()
    if scenario.vf_before:
        pair.guest.run(VF_READY, what="the VF comes up under its master")
    # Fresh entries on both sides: none may expire while we measure.
    net.forget()
    pair.guest.run(PEER_ANSWERS, what="the peer answers")
    allow_probes(pair, scenario.load.tcp != "tcp-flood")
    if scenario.standby_dark:
        # The stack forgets its neighbours when a carrier goes, and asks again
        # once a second: this is about the driver.
        pair.guest.run(f"ip neigh replace {PEER_ADDRESS} lladdr {PEER_MAC} nud permanent dev {pair.master}")
        pair.set_link(False, STANDBY)


def allow_probes(pair: Pair, allowed: bool) -> None:
    """TCP's probes for a lost tail count as retransmissions; a guest under TCG is late at any time."""
    value = "3" if allowed else "0"
    net.sysctl("ipv4/tcp_early_retrans", value)
    pair.guest.run(f"echo {value} >/proc/sys/net/ipv4/tcp_early_retrans")


def play(pair: Pair, scenario: Scenario, traffic: Traffic, story: Story) -> dict:
    """One scenario under load; the result has figures, problems and the timeline."""
    problems: list[str] = []
    scene = Scene(pair, scenario.rounds)
    side = pair.side
    before = counters.switches(pair.guest, pair.master)
    known = counters.history(pair.guest, pair.master)
    traffic.start()
    try:
        if "up" in scenario.load.rates:
            wait_in_use("vf" if scenario.vf_before else "sb", WARM_UP)
        pair.story = story
        story.begin()
        if scenario.standby_dark:
            story.add("standby carrier off")
        pass_time(QUIET)
        event = time.time()
        try:
            scenario.act(scene)
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
    history = counters.history(pair.guest, pair.master, known)
    story.guest_moments += counters.moments(history)
    figures = analysis.analyse(logs, story, side, scenario.vf_before, event, end)
    figures["standby_turns"] = analysis.note_paths(logs, story, side)
    figures.update(scene.facts)
    figures["switches"] = {"before": before, "after": counters.switches(pair.guest, pair.master)}
    figures["history"] = history
    figures["problems"] = problems
    figures["kernel_log"] = klog.complaints(pair.guest.run("dmesg"))
    return figures
