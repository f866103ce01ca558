# SPDX-License-Identifier: GPL-2.0
"""QEMU's control channel: commands, and events with QEMU's own time stamps."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from process import LabError, wait_until


class QmpError(LabError):
    """QEMU refused a command."""


@dataclasses.dataclass(frozen=True)
class Event:
    """One QMP event; the time is CLOCK_REALTIME, as in all logs of the host's side."""

    time: float
    name: str
    data: dict


class Qmp:
    """One connection; a thread reads, so that no event waits for a command."""

    def __init__(self, path: Path):
        self.events: list[Event] = []
        self.hooks: list[Callable[[Event], None]] = []
        self._answers: dict[int, dict] = {}
        self._ids = itertools.count(1)
        self._changed = threading.Condition()
        self._closed = False
        self._sock = connect(path, 20)
        self._stream = self._sock.makefile("r", encoding="utf-8")
        json.loads(self._stream.readline())  # greeting
        threading.Thread(target=self._read, daemon=True).start()
        self.command("qmp_capabilities")

    def _read(self) -> None:
        try:
            for line in self._stream:
                self._take(json.loads(line))
        except (OSError, ValueError):
            pass
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _take(self, message: dict) -> None:
        if "event" in message:
            stamp = message["timestamp"]
            event = Event(
                stamp["seconds"] + stamp["microseconds"] / 1e6,
                message["event"],
                message.get("data", {}),
            )
            for hook in list(self.hooks):
                hook(event)
        with self._changed:
            if "event" in message:
                self.events.append(event)
            else:
                self._answers[message["id"]] = message
            self._changed.notify_all()

    def send(self, name: str, arguments: dict | None = None) -> int:
        """Only send: for a hook, which runs in the reading thread and cannot wait."""
        number = next(self._ids)
        message: dict = {"execute": name, "id": number}
        if arguments:
            message["arguments"] = arguments
        with contextlib.suppress(OSError):  # QEMU is gone: waiting for the answer says so
            self._sock.sendall(json.dumps(message).encode() + b"\n")
        return number

    def command(self, name: str, arguments: dict | None = None, timeout: float = 30):
        number = self.send(name, arguments)
        with self._changed:
            done = lambda: number in self._answers or self._closed
            if not self._changed.wait_for(done, timeout):
                raise LabError(f"QMP {name}: no answer")
            answer = self._answers.pop(number, None)
        if not answer:
            raise LabError(f"QMP {name}: QEMU is gone")
        if "error" in answer:
            raise QmpError(f"QMP {name}: {answer['error']['desc']}")
        return answer["return"]

    def wait_event(self, name: str, seconds: float, start: int = 0, **match) -> Event:
        """The first event of that name since index start whose data matches.

        A tuple matches any of its values.
        """

        def fits(data: dict) -> bool:
            return all(
                data.get(key) in value if isinstance(value, tuple) else data.get(key) == value
                for key, value in match.items()
            )

        def found() -> Event | None:
            hits = (event for event in self.events[start:] if event.name == name and fits(event.data))
            return next(hits, None)

        with self._changed:
            self._changed.wait_for(lambda: found() or self._closed, seconds)
        event = found()
        if not event:
            raise LabError(f"QMP event {name} {match or ''}: not within {seconds:g} s")
        return event

    def close(self) -> None:
        self._sock.close()


def connect(path: Path, seconds: float) -> socket.socket:
    """Connect to a unix socket that its owner is about to open."""

    def attempt() -> socket.socket | None:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.connect(str(path))
        except OSError:
            sock.close()
            return None
        return sock

    return wait_until(attempt, seconds, f"connecting to {path.name}")
