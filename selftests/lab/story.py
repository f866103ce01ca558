# SPDX-License-Identifier: GPL-2.0
"""What happened when: one list, one clock, shown while it happens if asked to."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class Moment:
    time: float
    text: str


class Story:
    """Moments of one scenario. Threads may add to it; order comes from the times."""

    def __init__(self, echo: Callable[[float, str], None] | None = None):
        self.start = time.time()
        self.echo = echo
        self._moments: list[Moment] = []
        # Noted by the guest, on its own clock, until it is known how that runs.
        self.guest_moments: list[tuple[float, str]] = []

    def begin(self) -> None:
        self.start = time.time()

    def add(self, text: str, when: float | None = None) -> None:
        moment = Moment(time.time() if when is None else when, text)
        self._moments.append(moment)
        if self.echo:
            self.echo(moment.time - self.start, text)

    def moments(self) -> list[Moment]:
        return sorted(self._moments, key=lambda moment: moment.time)

    def when(self, text: str) -> list[float]:
        """All times something was noted."""
        return [moment.time for moment in self.moments() if moment.text == text]
