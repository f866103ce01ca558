# SPDX-License-Identifier: GPL-2.0
"""Scenarios by kernel and driver: a table, result files, and with --check verdicts."""

from __future__ import annotations

from pathlib import Path

import bars
import report
from campaign import Campaign, choose, subject
from kernel import Kernel
from ktap import Writer
from process import LabError


def say(text: str) -> None:
    print(text, flush=True)


def main(options, kernels: list[Kernel], work: Path) -> int:
    scenarios = choose(options.scenario)
    results: list[dict] = []
    writer = Writer()
    if options.check:
        say("TAP version 13")
    for kernel in kernels:
        for driver in options.driver:
            results += one_subject(kernel, driver, scenarios, options, work, writer)
    results.sort(key=lambda result: (kernels_first(result, options), result["run"]))
    say(prefix(report.table(results), options.check))
    lost = report.where(results)
    if lost:
        say(prefix(lost, options.check))
    if not options.check:
        return 1 if any("error" in result for result in results) else 0
    say(f"1..{writer.number}")
    say(str(writer.tally))
    return 1 if writer.tally.failed or not writer.tally.passed else 0


def kernels_first(result: dict, options) -> tuple:
    order = [scenario.name for scenario in choose(options.scenario)]
    return (
        float(result["kernel"].split(".")[1]),
        options.driver.index(result["driver"]),
        order.index(result["scenario"]),
    )


def prefix(text: str, as_comment: bool) -> str:
    return "\n".join(f"# {line}" for line in text.splitlines()) if as_comment else text


def one_subject(kernel: Kernel, driver: str, scenarios, options, work: Path, writer: Writer) -> list[dict]:
    """All runs of one driver on one kernel."""
    results = []
    try:
        subject_ = subject(kernel, driver, options, work)
    except LabError as error:
        results = [failed(kernel, driver, scenario.name, str(error)) for scenario in scenarios]
        for result in results:
            judge(result, options, writer)
        return results
    campaign = Campaign(subject_, work / f"{kernel.series}-{driver}", say)
    for run in range(1, options.runs + 1):
        for result in campaign.run(scenarios, run):
            say(f"# {subject_.label} {result['scenario']}: {report.line(result)}")
            judge(result, options, writer)
            results.append(result)
    return results


def failed(kernel: Kernel, driver: str, scenario: str, error: str) -> dict:
    return {"kernel": kernel.series, "driver": driver, "scenario": scenario, "run": 1, "error": error}


def judge(result: dict, options, writer: Writer) -> None:
    """Keep the result, and give a verdict where the driver is held to the bars."""
    if options.out:
        report.save(result, Path(options.out))
    name = f"{result['kernel']} {result['driver']} {result['scenario']}"
    if options.check and result["driver"] in bars.OURS:
        problems = bars.problems(result)
        writer.verdict(name, problems)
        if problems:
            evidence = [report.timeline(result.get("timeline", [])), result.get("console", "")]
            say(prefix("\n".join(filter(None, evidence)), True))
