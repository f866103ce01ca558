# SPDX-License-Identifier: GPL-2.0
"""Scenarios by kernel, VF, hotplug and driver: a table, result files, with --check verdicts."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import bars
import report
import store
import summary
from campaign import Campaign, choose, subject
from kernel import Kernel
from ktap import Writer
from process import LabError
from scenario import SHORT, Scenario


def say(text: str) -> None:
    print(text, flush=True)


@dataclasses.dataclass(frozen=True)
class Plan:
    """What one driver on one machine is to go through."""

    kernel: Kernel
    vf: str
    hotplug: str
    driver: str
    scenarios: list[Scenario]

    def tag(self, result: dict) -> dict:
        """Where the result belongs, whatever it was played on."""
        return {**result, "host": self.hotplug}


def plans(kernels: list[Kernel], options) -> list[Plan]:
    rounds = {**(SHORT if options.short else {}), **options.rounds}
    scenarios = choose(options.scenario, rounds)
    # A scenario of native hotplug is played once, where that is asked for anyway.
    others = [scenario for scenario in scenarios if not scenario.native_only]
    machines = itertools.product(kernels, options.vf, options.hotplug, options.driver)
    return [
        Plan(*words, others if words[2] == "acpi" and "native" in options.hotplug else scenarios)
        for words in machines
    ]


def main(options, kernels: list[Kernel], work: Path) -> int:
    results: list[dict] = []
    writer = Writer()
    if options.check:
        say("TAP version 13")
    for plan in plans(kernels, options):
        results += one_plan(plan, options, work, writer)
    say(prefix(f"\n{summary.table(results)}\n", options.check))
    for text in (report.table(results) if options.detail else "", report.where(results)):
        say(prefix(text, options.check))
    if not options.check:
        return 1 if any("error" in result for result in results) else 0
    say(f"1..{writer.number}")
    say(str(writer.tally))
    return 1 if writer.tally.failed or not writer.tally.passed else 0


def prefix(text: str, as_comment: bool) -> str:
    return "\n".join(f"# {line}".rstrip() for line in text.splitlines()) if as_comment else text


def one_plan(plan: Plan, options, work: Path, writer: Writer) -> list[dict]:
    """All runs of one driver on one machine, each with its verdict."""
    results = []
    for result in map(plan.tag, play(plan, options, work)):
        label = "{kernel} {vf} {hotplug} {driver} {scenario}".format(**result)
        if options.check and "skipped" not in result:
            say(f"# {label}: {report.line(result)}")
        judge(label, result, options, writer)
        results.append(result)
    return results


def play(plan: Plan, options, work: Path):
    """Results as they come."""
    try:
        subject_ = subject(plan.kernel, plan.vf, plan.hotplug, plan.driver, options, work)
    except LabError as error:
        yield from (failed(plan, scenario.name, str(error)) for scenario in plan.scenarios)
        return
    place = work / "-".join((plan.kernel.series, plan.vf, plan.hotplug, plan.driver))
    campaign = Campaign(subject_, place, say)
    for run in range(1, options.runs + 1):
        known = before(plan, campaign, run, Path(options.out)) if options.resume else {}
        yield from known.values()
        yield from campaign.run([s for s in plan.scenarios if s.name not in known], run)


def before(plan: Plan, campaign: Campaign, run: int, folder: Path) -> dict[str, dict]:
    """Results of this run that an earlier one has left, by scenario."""
    found = {}
    for scenario in plan.scenarios:
        result = store.find(plan.tag({**campaign.head(scenario), "run": run}), folder)
        if result:
            found[scenario.name] = result
    return found


def failed(plan: Plan, scenario: str, error: str) -> dict:
    return {
        "kernel": plan.kernel.series,
        "driver": plan.driver,
        "scenario": scenario,
        "vf": plan.vf,
        "hotplug": plan.hotplug,
        "run": 1,
        "error": error,
    }


def judge(label: str, result: dict, options, writer: Writer) -> None:
    """Keep the result, and give a verdict where the driver is held to the bars."""
    if options.out:
        store.save(result, Path(options.out))
    if not options.check:
        say(f"# {label}: {report.line(result)}")
        return
    if "skipped" in result:
        writer.skip(label, result["skipped"])
    elif result["driver"] in bars.OURS:
        problems = bars.problems(result)
        writer.verdict(label, problems)
        if problems:
            evidence = [
                report.timeline(result.get("timeline", [])),
                report.overtaken(result),
                result.get("console", ""),
            ]
            say(prefix("\n".join(filter(None, evidence)), True))
