# SPDX-License-Identifier: GPL-2.0
"""Surprise removal: the VF is gone and the guest's driver learns it last.

QMP has no command for it. The slot's power is cut and restored through the
root port's Slot Control register; QEMU drops the card and pciehp finds an
empty slot.
"""

from __future__ import annotations

import re
from pathlib import Path

from guest import Guest
from process import LabError
from qtest import Qtest, config_of_port, talk

CAPABILITY_LIST = 0x34
PCI_EXPRESS = 0x10
SLOT_CONTROL = 0x18
POWER_OFF = 0x0400
INDICATOR_OFF = 0x0300

# The kernel log has a clock of its own: lines that tell both, always a little late.
CLOCKS = """\
exec 4>/dev/kmsg
for i in 1 2 3 4 5; do echo "lab: clock $EPOCHREALTIME" >&4; done
dmesg
"""
STAMP = r"\[\s*([0-9.]+)\] "
CLOCK = re.compile(STAMP + r"lab: clock ([0-9.]+)")
NOTICED = re.compile(STAMP + r".*pciehp: Slot\(\S+\): (?:Link Down|Card not present)")


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


def noticed(guest: Guest) -> float:
    """When the kernel said last that the slot is empty, on the guest's clock."""
    log = guest.run(CLOCKS, what="reading the kernel log")
    found, clocks = NOTICED.findall(log), CLOCK.findall(log)
    if not found or not clocks:
        raise LabError("pciehp has not noticed that the VF is gone")
    return float(found[-1]) + max(float(clock) - float(stamp) for stamp, clock in clocks)
