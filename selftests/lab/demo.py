# SPDX-License-Identifier: GPL-2.0
"""One live migration under load, told while it happens."""

from __future__ import annotations

from pathlib import Path

import bars
import report
import store
from campaign import Campaign, subject
from kernel import Kernel
from process import LabError
from scenario import SCENARIOS


def say(text: str) -> None:
    print(text, flush=True)


def main(options, kernels: list[Kernel], work: Path) -> int:
    if any(len(words) != 1 for words in (kernels, options.driver, options.vf, options.hotplug)):
        raise LabError("the demo takes one kernel, one driver, one VF, one way of plugging")
    (kernel,), (driver,), (vf,), (hotplug,) = kernels, options.driver, options.vf, options.hotplug
    say(f"A guest with Linux {kernel.release} and {driver} migrates with a VF ({vf}) under load:")
    say("1000 numbered datagrams a second and a TCP flow, each way.")
    subject_ = subject(kernel, vf, hotplug, driver, options, work)
    live = lambda at, text: say(f"  {at:8.3f} s  {arrival(text)}")
    campaign = Campaign(subject_, work / "demo", lambda text: say(text.lstrip("# ")), live)
    (result,) = campaign.run([SCENARIOS["migrate"]])
    if options.out:
        store.save({**result, "host": hotplug}, Path(options.out))
    return conclude(result)


def arrival(text: str) -> str:
    return "VM running at the destination" if text == "VM running" else text


def conclude(result: dict) -> int:
    say("\nTimeline (paths as the taps saw them):")
    moments = [{**moment, "text": arrival(moment["text"])} for moment in result["timeline"]]
    say(report.timeline(moments))
    if "figures" in result:
        stopped = sum(result["figures"]["downtime_ms"])
        say(f"\nThe VM was stopped for {stopped:.0f} ms. What was lost, duplicated, reordered:")
        say(report.table([result]))
        say(report.where([result]))
    wrong = bars.problems(result)
    for problem in wrong:
        say(f"FAILED: {problem}")
    if not wrong:
        say("Traffic survived.")
    return 1 if wrong else 0
