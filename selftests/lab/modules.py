# SPDX-License-Identifier: GPL-2.0
"""The modules under test, as the build left them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from kernel import Kernel
from process import LabError

TREE = Path(__file__).resolve().parents[2]
NAMES = ("tandem.ko", "net_failover.ko")


def ours(kernel: Kernel, where: str | None, required: bool = False) -> list[Path]:
    folder = Path(where) if where else TREE / "build" / kernel.release / "net" / "tandem"
    found = [folder / name for name in NAMES if (folder / name).is_file()]
    if required and len(found) < len(NAMES):
        raise LabError(f"{' and '.join(NAMES)} are not both in {folder}: build them first")
    return found


def sim(kernel: Kernel) -> list[Path]:
    """The NIC that only tests want."""
    file = TREE / "build" / kernel.release / "selftests/sim/tandem_sim.ko"
    if not file.is_file():
        raise LabError(f"{file} is not there: build it first")
    return [file]


def version(files: list[Path]) -> str:
    """A word for what the modules were built from; nothing if there are none."""
    return "-".join(hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in files)
