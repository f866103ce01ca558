# SPDX-License-Identifier: GPL-2.0
"""Surprise removal: the VF is gone and the guest's driver learns it last.

QMP has no command for it. The slot's power is cut and restored through the
root port's Slot Control register; QEMU drops the card and pciehp finds an
empty slot.
"""

from __future__ import annotations

from pathlib import Path

from process import LabError
from qtest import Qtest, config_of_port, talk

CAPABILITY_LIST = 0x34
PCI_EXPRESS = 0x10
SLOT_CONTROL = 0x18
POWER_OFF = 0x0400
INDICATOR_OFF = 0x0300

NOTICED = r"pciehp: Slot\(\S+\): (?:Link Down|Card not present)"


def slot_control(qtest: Qtest, port: int) -> int:
    """Address of the register, found by the capability list."""
    config = config_of_port(port)
    where = qtest.read("b", config + CAPABILITY_LIST)
    while where:
        if qtest.read("b", config + where) == PCI_EXPRESS:
            return config + where + SLOT_CONTROL
        where = qtest.read("b", config + where + 1)
    raise LabError("the root port has no PCI Express capability")


def cut_power(path: Path, port: int) -> None:
    with talk(path) as qtest:
        register = slot_control(qtest, port)
        on = qtest.read("w", register)
        off = on | POWER_OFF | INDICATOR_OFF
        qtest.ask(f"writew {register:#x} {off:#x}", f"writew {register:#x} {on:#x}")
