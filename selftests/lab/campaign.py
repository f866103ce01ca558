# SPDX-License-Identifier: GPL-2.0
"""Many scenarios, few boots: one guest goes through a list of them in order."""

from __future__ import annotations

import dataclasses
import itertools
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import bars
import modules
from initramfs import Image, build
from kernel import Kernel
from pair import Pair
from process import LabError
from qemu import Machine
from scenario import SCENARIOS, TABLE, Scenario, impossible, play, prepare
from story import Story
from traffic import Traffic

# failover=on needs a driver that answers VIRTIO_NET_F_STANDBY.
FAILOVER = ("dropin", "net_failover")
DRIVERS = ("tandem", "dropin", "net_failover", "bonding", "team")

# How often a result may be taken again: when the machine was noisy, and when
# QEMU aborted, as it does in one of seven surprise removals of an e1000e, and
# on some days in every second.
NOISY = 2
ABORTS = 8

Say = Callable[[str], None]
Live = Callable[[float, str], None]


@dataclasses.dataclass
class Subject:
    """One kernel with one driver, ready to be booted."""

    kernel: Kernel
    driver: str
    build: str  # which one of ours
    machine: Machine

    @property
    def label(self) -> str:
        return f"{self.kernel.series} {self.machine.vf} {self.machine.hotplug} {self.driver}"

    def native(self) -> Subject:
        machine = dataclasses.replace(self.machine, hotplug="native")
        return dataclasses.replace(self, machine=machine)


def subject(kernel: Kernel, vf: str, hotplug: str, driver: str, options, work: Path) -> Subject:
    ours = driver in bars.OURS
    updates = modules.ours(kernel, options.modules, required=True) if ours else []
    initramfs = work / f"{kernel.release}-{'ours' if ours else 'stock'}.cpio"
    if not initramfs.exists():
        build(Image(kernel, updates), initramfs)
    machine = Machine(
        kernel,
        initramfs,
        vf=vf,
        hotplug=hotplug,
        failover=driver in FAILOVER,
        smp=options.smp,
        accel=options.accel,
    )
    return Subject(kernel, driver, modules.version(updates), machine)


def start(subject_: Subject, work: Path) -> Pair:
    pair = Pair(subject_.machine, work, subject_.driver)
    try:
        pair.boot()
    except LabError as error:
        log = pair.last_words()
        pair.close()
        raise LabError(f"{error}\n{log}" if log else str(error)) from error
    return pair


class Campaign:
    """Takes one subject through scenarios; a guest in doubt is replaced for the next."""

    def __init__(self, subject_: Subject, work: Path, say: Say, live: Live | None = None):
        self.subject = subject_
        self.work = work
        self.say = say
        self.live = live
        self.pair: Pair | None = None
        self._numbers = itertools.count(1)

    def run(self, scenarios: list[Scenario], run: int = 1) -> Iterator[dict]:
        """Results as they come. Scenarios that need native hotplug get a boot of their own."""
        plain = [scenario for scenario in scenarios if not scenario.native_only]
        native = [scenario for scenario in scenarios if scenario.native_only]
        for which, todo in ((self.subject, plain), (self.subject.native(), native)):
            try:
                for scenario in todo:
                    yield {**self._one(which, scenario), "run": run}
            finally:
                self._drop()

    def _drop(self) -> None:
        if self.pair:
            self.pair.close()
            self.pair = None

    def _one(self, subject_: Subject, scenario: Scenario) -> dict:
        """One result, taken again if it says nothing about the driver."""
        result = self.head(scenario)
        reason = impossible(scenario.name, subject_.driver, result["vf"], result["kernel"])
        if reason:
            return {**result, "skipped": reason}
        discarded: list[dict] = []
        while True:
            result = self._attempt(subject_, scenario)
            reason = bars.worthless(result)
            limit = ABORTS if "aborted" in result else NOISY
            if not reason or len(discarded) >= limit:
                return {**result, "discarded": discarded}
            self.say(f"# {subject_.label} {scenario.name}: {reason}; once more")
            discarded.append(result)

    def head(self, scenario: Scenario) -> dict:
        """What a result says of where it comes from."""
        subject_ = self.subject.native() if scenario.native_only else self.subject
        machine = subject_.machine
        return {
            "kernel": subject_.kernel.series,
            "release": subject_.kernel.release,
            "driver": subject_.driver,
            "build": subject_.build,
            "scenario": scenario.name,
            "vf": machine.vf,
            "hotplug": machine.hotplug,
            "rounds": scenario.rounds,
        }

    def _attempt(self, subject_: Subject, scenario: Scenario) -> dict:
        result = self.head(scenario)
        story = Story(self.live)
        place = self.work / f"{next(self._numbers)}-{scenario.name}"
        try:
            if not self.pair:
                self.say(f"# {subject_.label}: booting")
                self.pair = start(subject_, place)
            self.say(f"# {subject_.label} {scenario.name}")
            prepare(self.pair, scenario)
            traffic = Traffic(self.pair.guest, place / "traffic", scenario.load, self.pair.master)
            result["figures"] = play(self.pair, scenario, traffic, story)
        except (LabError, OSError, ValueError, subprocess.SubprocessError) as error:
            result["error"] = str(error) or type(error).__name__
            result["console"] = self.pair.last_words() if self.pair else ""
            aborted = self.pair.aborted() if self.pair else ""
            if aborted:
                result.update(error=f"QEMU aborted: {aborted}", aborted=True)
        result["timeline"] = [
            {"at": round(moment.time - story.start, 4), "text": moment.text} for moment in story.moments()
        ]
        if "error" in result or result["figures"]["problems"] or result["figures"]["kernel_log"]:
            self._drop()
        return result


def choose(names: list[str], rounds: dict[str, int]) -> list[Scenario]:
    """In the table's order, which is one that lets them share a boot."""
    wanted = [*names, *SCENARIOS] if "all" in names else [*names, *(TABLE if "table" in names else ())]
    return [
        dataclasses.replace(scenario, rounds=rounds.get(name, scenario.rounds))
        for name, scenario in SCENARIOS.items()
        if name in wanted
    ]
