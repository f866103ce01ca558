# SPDX-License-Identifier: GPL-2.0
"""Child processes that cannot outlive the lab, and waits with a deadline."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class LabError(Exception):
    """The lab itself could not do what it was asked; not a verdict on a driver."""


def spawn(argv: list[str], log: Path | None = None, **kwargs) -> subprocess.Popen:
    """Start a child that the kernel kills when the lab dies, however it dies.

    The parent death signal belongs to the thread that forks, so only the main
    thread may call this.
    """
    if threading.current_thread() is not threading.main_thread():
        raise LabError("spawn() outside the main thread")
    kwargs.setdefault("stdin", subprocess.DEVNULL)
    # A session of its own: Ctrl-C reaches the lab, which ends its children in order.
    kwargs.setdefault("start_new_session", True)
    command = ["setpriv", "--pdeathsig", "KILL", "--", *argv]
    if not log:
        return subprocess.Popen(command, **kwargs)
    with log.open("ab") as out:
        return subprocess.Popen(command, stdout=out, stderr=out, **kwargs)


def stop(child: subprocess.Popen, grace: float = 5.0) -> None:
    """SIGTERM, a grace period, SIGKILL; returns when the child is gone."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(grace)
        except subprocess.TimeoutExpired:
            child.kill()
    child.wait()


def run(*argv: str | Path, timeout: float = 60, **kwargs) -> str:
    """Run a command to its end and return what it printed; fail with what it said."""
    command = [str(word) for word in argv]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout, **kwargs
    )
    if done.returncode:
        raise LabError(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def wait_until(ready: Callable[[], T | None], seconds: float, what: str, every: float = 0.02) -> T:
    """Poll until ready() is true and return its value; a missed deadline is an error."""
    deadline = time.monotonic() + seconds
    while True:
        value = ready()
        if value:
            return value
        if time.monotonic() > deadline:
            raise LabError(f"{what}: not within {seconds:g} s")
        pass_time(every)


def pass_time(seconds: float) -> None:
    """Let the clock run: a traffic phase of a given length, or the step of a poll."""
    threading.Event().wait(seconds)
