# SPDX-License-Identifier: GPL-2.0
"""Many scenarios, few boots: one guest goes through a list of them in order."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import bars
import modules
import net
from initramfs import Image, build
from kernel import Kernel
from pair import Pair
from process import LabError
from qemu import Machine
from scenario import SCENARIOS, Scenario, play, prepare
from story import Story
from traffic import Traffic

# failover=on needs a driver that answers VIRTIO_NET_F_STANDBY.
FAILOVER = ("dropin", "net_failover")
DRIVERS = ("tandem", "dropin", "net_failover", "bonding", "team")

READY = f"""\
. /lab/lib.sh
vf_up() {{ has_carrier "$(vf)"; }}
wait_for 15 vf_up || exit 1
answers() {{ ping -c 1 -W 1 {net.PEER_ADDRESS}; }}
wait_for 10 answers
"""

Say = Callable[[str], None]


@dataclasses.dataclass
class Subject:
    """One kernel with one driver, ready to be booted."""

    kernel: Kernel
    driver: str
    machine: Machine

    @property
    def label(self) -> str:
        return f"{self.kernel.series} {self.driver}"

    def native(self) -> Subject:
        machine = dataclasses.replace(self.machine, hotplug="native", qtest=True)
        return dataclasses.replace(self, machine=machine)


def subject(kernel: Kernel, driver: str, options, work: Path) -> Subject:
    ours = driver in bars.OURS
    updates = modules.ours(kernel, options.modules, required=True) if ours else []
    initramfs = work / f"{kernel.release}-{'ours' if ours else 'stock'}.cpio"
    if not initramfs.exists():
        build(Image(kernel, updates), initramfs)
    machine = Machine(
        kernel,
        initramfs,
        vf=options.vf,
        hotplug=options.hotplug,
        failover=driver in FAILOVER,
        smp=options.smp,
        accel=options.accel,
        qtest=options.hotplug == "native",
    )
    return Subject(kernel, driver, machine)


def start(subject_: Subject, work: Path) -> Pair:
    """Boot, set the driver up, and see the peer answer."""
    pair = Pair(subject_.machine, work)
    try:
        pair.boot()
        pair.guest.run(f"bash /lab/{subject_.driver}.sh setup", 60)
        pair.guest.run(READY, 40)
    except LabError as error:
        log = pair.last_words()
        pair.close()
        raise LabError(f"{error}\n{log}" if log else str(error)) from error
    return pair


def run_list(subject_: Subject, scenarios: list[Scenario], run: int, work: Path, say: Say) -> Iterator[dict]:
    """Results of a list of scenarios; a guest in doubt is replaced for the next."""
    plain = [scenario for scenario in scenarios if not scenario.native_only]
    native = [scenario for scenario in scenarios if scenario.native_only]
    for which, todo in ((subject_, plain), (subject_.native(), native)):
        pair: Pair | None = None
        try:
            for number, scenario in enumerate(todo):
                place = work / f"{run}-{scenario.name}-{number}"
                result, pair = run_one(which, pair, scenario, place, say)
                yield {**result, "run": run}
        finally:
            if pair:
                pair.close()


def run_one(subject_: Subject, pair: Pair | None, scenario: Scenario, work: Path, say: Say):
    """One result, repeated once if the machine was noisy; and the guest, if still good."""
    result: dict = {}
    for attempt in ("", "-again"):
        result, pair = attempt_one(subject_, pair, scenario, work.with_name(work.name + attempt), say)
        if not bars.noisy(result):
            break
        say(f"# {subject_.label} {scenario.name}: noisy machine: {result['figures']['down']['quiet_lost']} lost")
        result["noisy"] = True
    return result, pair


def attempt_one(subject_: Subject, pair: Pair | None, scenario: Scenario, work: Path, say: Say):
    result = {
        "kernel": subject_.kernel.series,
        "release": subject_.kernel.release,
        "driver": subject_.driver,
        "scenario": scenario.name,
        "vf": subject_.machine.vf,
        "hotplug": subject_.machine.hotplug,
    }
    story = Story()
    try:
        if not pair:
            say(f"# {subject_.label}: booting")
            pair = start(subject_, work)
        say(f"# {subject_.label} {scenario.name}")
        precede(pair, scenario)
        traffic = Traffic(pair.guest, work / "traffic", scenario.talks, scenario.talks)
        result["figures"] = play(pair, scenario, traffic, story)
    except LabError as error:
        result["error"] = str(error)
        if pair:
            result["console"] = pair.last_words()
    result["timeline"] = [
        {"at": round(moment.time - story.start, 4), "text": moment.text} for moment in story.moments()
    ]
    if pair and ("error" in result or result["figures"]["problems"] or not pair.alive()):
        pair.close()
        pair = None
    return result, pair


def precede(pair: Pair, scenario: Scenario) -> None:
    """Bring guest and VF to where the scenario starts from."""
    if scenario.name == "migrate-back" and pair.side == 0:
        pair.migrate()
    prepare(pair, scenario)
    if scenario.vf_before:
        pair.guest.run(READY, 40)


def choose(names: list[str]) -> list[Scenario]:
    """In the table's order, which is one that lets them share a boot."""
    unknown = set(names) - set(SCENARIOS) - {"all"}
    if unknown:
        raise LabError(f"no such scenario: {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    return [scenario for name, scenario in SCENARIOS.items() if name in names or "all" in names]
