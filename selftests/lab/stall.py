# SPDX-License-Identifier: GPL-2.0
"""A VF that stops completing what it is given to send, with its link up.

e1000e: its transmitter is switched off behind the driver's back (TCTL.EN) and
on again, and then sends what has waited. virtio-net-pci: it loses Bus Master
Enable; QEMU gives such a device up until its driver starts anew.
"""

from __future__ import annotations

from pathlib import Path

from process import LabError
from qtest import Qtest, config_behind, talk

COMMAND = 0x04
BUS_MASTER = 0x4
BAR0 = 0x10
TCTL = 0x400
TCTL_EN = 0x2

MODELS = ("e1000e", "virtio-net-pci")


def register(qtest: Qtest, port: int, model: str) -> tuple[str, int, int]:
    """Size, address and bit of what keeps the VF in the slot of a port going."""
    config = config_behind(qtest, port)
    if model == "e1000e":
        return "l", (qtest.read("l", config + BAR0) & ~0xF) + TCTL, TCTL_EN
    return "w", config + COMMAND, BUS_MASTER


def switch(path: Path, port: int, model: str, on: bool) -> None:
    with talk(path) as qtest:
        size, address, bit = register(qtest, port, model)
        value = qtest.read(size, address)
        if bool(value & bit) == on:
            raise LabError(f"the VF is {'not stalled' if on else 'stalled already'}: {value:#x}")
        qtest.write(size, address, value ^ bit)


def needs_reset(model: str) -> bool:
    return model == "virtio-net-pci"
