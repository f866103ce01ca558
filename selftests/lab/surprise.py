# SPDX-License-Identifier: GPL-2.0
"""Surprise removal: the VF is gone and the guest's driver learns it last.

QMP has no command for it. The slot's power is cut and restored through the
root port's Slot Control register, over a qtest socket beside the running guest.
"""

from __future__ import annotations

from process import LabError


def act(pair) -> None:
    raise LabError("surprise: to come")
