# SPDX-License-Identifier: GPL-2.0
"""QEMU's test protocol beside the running guest, and PCI configuration space by it.

Configuration space is reached memory-mapped: the port pair at 0xcf8 may be in
use by the guest at that moment.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

from process import LabError
from qmp import connect

ECAM = 0xB0000000  # where q35's firmware maps it
SECONDARY_BUS = 0x19


class Qtest:
    """The few words of the protocol needed here."""

    def __init__(self, path: Path):
        self._sock: socket.socket = connect(path, 5)
        self._sock.settimeout(10)
        self._answers = self._sock.makefile("r", encoding="ascii")

    def ask(self, *commands: str) -> list[int]:
        """Send all at once, so that nothing comes between them; the answers' values."""
        self._sock.sendall("".join(f"{command}\n" for command in commands).encode())
        return [self._answer() for _ in commands]

    def read(self, size: str, address: int) -> int:
        """Size is b, w or l, as the protocol has it."""
        return self.ask(f"read{size} {address:#x}")[0]

    def write(self, size: str, address: int, value: int) -> None:
        self.ask(f"write{size} {address:#x} {value:#x}")

    def _answer(self) -> int:
        for line in self._answers:
            words = line.split()
            if words and words[0] == "OK":
                return int(words[1], 0) if len(words) > 1 else 0
            if words and words[0] != "IRQ":
                raise LabError(f"qtest: {line.strip()}")
        raise LabError("qtest: QEMU is gone")

    def close(self) -> None:
        self._answers.close()
        self._sock.close()


@contextlib.contextmanager
def talk(path: Path) -> Iterator[Qtest]:
    qtest = Qtest(path)
    try:
        yield qtest
    finally:
        qtest.close()


def config_of_port(port: int) -> int:
    """Configuration space of a root port on the root bus."""
    return ECAM + (port << 15)


def config_behind(qtest: Qtest, port: int) -> int:
    """... and of the card in its slot."""
    return ECAM + (qtest.read("b", config_of_port(port) + SECONDARY_BUS) << 20)
