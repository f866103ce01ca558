# SPDX-License-Identifier: GPL-2.0
"""Surprise removal: the VF is gone and the guest's driver learns it last.

QMP has no command for it. The slot's power is cut and restored through the
root port's Slot Control register, over a qtest socket beside the running
guest; QEMU drops the card and pciehp finds an empty slot. The writes go to the
memory-mapped configuration space: the port pair at 0xcf8 may be in use by the
guest at that moment.
"""

from __future__ import annotations

import socket
from pathlib import Path

from process import LabError
from qmp import connect

ECAM = 0xB0000000  # where q35's firmware maps it
CAPABILITY_LIST = 0x34
PCI_EXPRESS = 0x10
SLOT_CONTROL = 0x18
POWER_OFF = 0x0400
INDICATOR_OFF = 0x0300


class Qtest:
    """The few words of QEMU's test protocol needed here."""

    def __init__(self, path: Path):
        self._sock: socket.socket = connect(path, 5)
        self._sock.settimeout(10)
        self._answers = self._sock.makefile("r", encoding="ascii")

    def ask(self, *commands: str) -> list[int]:
        """Send all at once, so that nothing comes between them; the answers' values."""
        self._sock.sendall("".join(f"{command}\n" for command in commands).encode())
        return [self._answer() for _ in commands]

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


def slot_control(qtest: Qtest, port: int) -> int:
    """Address of the register, found by the capability list."""
    config = ECAM + (port << 15)
    (where,) = qtest.ask(f"readb {config + CAPABILITY_LIST:#x}")
    while where:
        kind, following = qtest.ask(f"readb {config + where:#x}", f"readb {config + where + 1:#x}")
        if kind == PCI_EXPRESS:
            return config + where + SLOT_CONTROL
        where = following
    raise LabError("the root port has no PCI Express capability")


def cut_power(path: Path, port: int) -> None:
    qtest = Qtest(path)
    try:
        register = slot_control(qtest, port)
        (on,) = qtest.ask(f"readw {register:#x}")
        off = on | POWER_OFF | INDICATOR_OFF
        qtest.ask(f"writew {register:#x} {off:#x}", f"writew {register:#x} {on:#x}")
    finally:
        qtest.close()
