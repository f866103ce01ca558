# SPDX-License-Identifier: GPL-2.0
"""Verdicts: read from a test's KTAP output, counted, and printed as KTAP."""

from __future__ import annotations

import dataclasses
import re

RESULT = re.compile(r"(not ok|ok) \d+\b[ -]*(.*)")
PLAN = re.compile(r"1\.\.(\d+)\b(.*)")


@dataclasses.dataclass
class Tally:
    """passed, failed, skipped: the last line of every run."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: Tally) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


class Reader:
    """Follows one test program; a verdict that was promised and never came is a failure."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.planned: int | None = None
        self.skip_all = ""

    def line(self, text: str) -> None:
        result, plan = RESULT.match(text), PLAN.match(text)
        if plan:
            self.planned = int(plan.group(1))
            self.skip_all = plan.group(2).strip() if self.planned == 0 else ""
        elif result and result.group(1) == "not ok":
            self.tally.failed += 1
        elif result and re.search(r"#\s*SKIP\b", result.group(2), re.I):
            self.tally.skipped += 1
        elif result:
            self.tally.passed += 1

    def finish(self, status: int) -> list[str]:
        """What is wrong beyond the verdicts read; each counts as one more failure."""
        wrong = []
        seen = self.tally.passed + self.tally.failed + self.tally.skipped
        if self.skip_all:
            self.tally.skipped += 1
        elif seen == 0:
            wrong.append("ran no test")
        elif self.planned is not None and seen != self.planned:
            wrong.append(f"{self.planned} verdicts planned, {seen} came")
        if status not in (0, 4) and not self.tally.failed:
            wrong.append("timed out" if status in (124, 137) else f"ended with status {status}")
        self.tally.failed += len(wrong)
        return wrong


class Writer:
    """Prints verdicts of the lab's own checks."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.number = 0

    def skip(self, name: str, reason: str) -> None:
        self.number += 1
        self.tally.skipped += 1
        print(f"ok {self.number} {name} # SKIP {reason}", flush=True)

    def verdict(self, name: str, problems: list[str]) -> None:
        self.number += 1
        for problem in problems:
            print(f"# {name}: {problem}")
        print(f"{'not ok' if problems else 'ok'} {self.number} {name}", flush=True)
        if problems:
            self.tally.failed += 1
        else:
            self.tally.passed += 1
